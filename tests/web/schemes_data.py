"""A small scheme, and forms filled in as a browser does."""

from kaohe.appraisal import available

SMALL = """# 我们店的方案
name: 售前
title: {zh: 售前, en: Pre-sale}
source: 会议决定
items:
  # 回复要快
  - metric: reply_rate_30s
    weight: 60
    scoring:
      kind: bands
      bands:
        - {below: 80%, points: 0}
        - {at_least: 80%, points: 100} # 八成及格
  - metric: avg_response_seconds
    weight: 40
    scoring: # 直线
      kind: linear
      low: {figure: 20, points: 100}
      high: {figure: 60, points: 0}
pay:
  lines:
    - {id: base, kind: fixed, amount: 3500}
    - {id: points, kind: points, amount: 10}
"""

SHIPPED = {name: path.read_text("utf-8") for name, path in available().items()}


def filled(editor, **typed):
    """What a browser sends for an open form, with some fields typed anew."""
    sent = {}
    for form in [editor.form, *(editor.rows.forms if editor.rows is not None else ())]:
        for name in form.fields:
            value = form[name].value()
            if value is not None and value is not False:
                sent[form.add_prefix(name)] = "on" if value is True else value
    if editor.rows is not None:
        sent |= {"rows-TOTAL_FORMS": len(editor.rows.forms), "rows-INITIAL_FORMS": len(editor.rows.initial_forms)}
    return sent | {key.replace("__", "-"): value for key, value in typed.items()}
