"""From other query languages to FlowQL's syntax tree, where that says exactly the same.

What has no exact counterpart is refused with its place; where the two languages read the same text
differently, a note says how. Knows nothing of stores, nor of what the fields of a topic are beyond the
registry of known ones.
"""

from flowql.translate.translation import LANGUAGES, Translation, translate

__all__ = ["LANGUAGES", "Translation", "translate"]
