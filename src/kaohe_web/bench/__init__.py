"""How fast pages answer: a made-up company of a thousand agents with a year behind it, a server on a free port of this machine, twenty people at once.

`python -m kaohe_web.bench` asks every kind of page; see its `--help`.
"""
