"""The way of an appraisal cycle, drawn and listed from the table the site asks."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from docs.pages.markdown import cell, table

if not settings.configured:
    # The table needs no site: its words are Chinese as they stand.
    settings.configure(USE_I18N=False)

HEAD = (
    "# 考核周期\n\n"
    "由代码生成，请勿手改。网页上的一次考核从草稿走到关账：谁在什么时候能做什么，都在这一张表里，程序也只问这张表。"
    "权限要覆盖方案所管的全部店铺和小组，才能推动整个考核；只管一个小组的主管，给本组打分、处理本组的申诉。"
    "申诉不能由本人处理，打分的申诉不能由打分的人处理。\n\n"
    "Made from the code; do not edit. Who may do what, when, in an appraisal cycle of the site: the program asks this table and nothing else. "
    "Moving a cycle takes the right over all shops and groups its scheme is for; a supervisor of one group scores it and decides its appeals. "
    "Nobody decides his own appeal, nor one against a mark he gave."
)


def page() -> str:
    """The diagram, what moves a cycle, and what is done while its state stays."""
    from kaohe_web.appraisals.states import STEPS, State

    with translation.override("zh-hans"):
        arrows = [f"    [*] --> {State.DRAFT.value}"]
        arrows += [f"    {state.value} : {state.label}" for state in State]
        for step in STEPS:
            if step.target is not None:
                arrows += [f"    {source.value} --> {step.target.value} : {step.label}" for source in step.sources]
        ends = [state for state in State if not any(state in step.sources and step.target is not None for step in STEPS)]
        arrows += [f"    {state.value} --> [*]" for state in ends]
        rows = [
            (
                f"`{step.verb}` {step.label}",
                "、".join(str(source.label) for source in step.sources),
                "不变" if step.target is None else str(step.target.label),
                f"{step.right.label} `{step.right.value}`",
                cell(str(step.condition.words)) if step.condition is not None else "",
            )
            for step in STEPS
        ]
    drawn = "```mermaid\nstateDiagram-v2\n" + "\n".join(arrows) + "\n```"
    listed = table(("做什么 step", "从 from", "到 to", "权限 right", "条件 condition"), rows)
    return f"{HEAD}\n\n{drawn}\n\n{listed}\n"
