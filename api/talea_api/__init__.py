"""The doors of Talea: web pages, JSON API, SPARQL service and the command `talea`.

`app.create_app` is the only assembly point and no module keeps state of its own. The domain lives
in `talea_catalogue`, the SPARQL machinery in `talea_sparql`; here is only what speaks HTTP or reads
a command line.
"""
