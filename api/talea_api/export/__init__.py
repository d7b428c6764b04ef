"""`talea export --static`: the whole catalogue as a folder of files that opens without a server.

`addresses` decides which file stands for an address and what becomes of one that has none,
`rewriting` turns the addresses of a page into relative ones, `asking` asks the application for an
answer, `pages` fills the pages that only a copy has, `folder` writes and puts the copy in place,
and `site` makes a copy of them all. See `docs/decisions/0018-static-export.md`.
"""
