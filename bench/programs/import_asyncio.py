"""import: command: -c import asyncio,http.client,unittest,email.message"""
