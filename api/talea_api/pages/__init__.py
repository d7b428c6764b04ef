"""View models: each function turns a `Visit` into the `Page` that a template shows.

One file a family of pages; the table that gives them their addresses is `routes/pages.py`.
"""
