"""How examples are searched: the same ones in every run of `make test`, new ones in every run of `make search`.

A change must not fail for an example it has nothing to do with; what nobody has thought of yet is looked for on purpose instead.
"""

from hypothesis import Phase, settings

settings.register_profile("same", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", derandomize=False, deadline=None, phases=(Phase.explicit, Phase.generate), print_blob=True)
settings.load_profile("same")
