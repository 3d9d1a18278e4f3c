"""User studies: a static page with blinded items, the answers, and their analysis."""
