"""The addresses, one module a noun. Each offers `router()`; `app.create_app` puts them together."""
