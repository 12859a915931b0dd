"""From figures to points and a ranking under a scheme, with the working shown. Pure and exact: `appraise` reads and writes nothing."""

from kaohe.appraisal.appraisal import Appraisal
from kaohe.appraisal.cases import Outcome, check_cases
from kaohe.appraisal.judging import appraise
from kaohe.appraisal.result import Line, Paid, Person, Podium, Reason, Statement
from kaohe.appraisal.scheme import Item, Scheme
from kaohe.appraisal.schemes import available, find, load, parse
from kaohe.appraisal.simulation import Simulation, simulate

__all__ = [
    "Appraisal",
    "Item",
    "Line",
    "Outcome",
    "Paid",
    "Person",
    "Podium",
    "Reason",
    "Scheme",
    "Simulation",
    "Statement",
    "appraise",
    "available",
    "check_cases",
    "find",
    "load",
    "parse",
    "simulate",
]
