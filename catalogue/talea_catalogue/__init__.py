"""The catalogue: what a practice is, how records become a release, and the questions asked of it.

Layers, each of which may import only those before it: `terms`, `model`, `mapping`, `records`,
`validate`, `build`/`release`, `repository`, `search`, `intake`.
"""
