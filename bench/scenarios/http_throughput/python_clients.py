"""Python's asynchronous clients doing the same. Usage: python_clients.py httpx|aiohttp URL BYTES IN_FLIGHT REQUESTS [CA_FILE],
the token in WATS_AUTH_TOKEN: CPU and time a request as JSON."""
import asyncio
import json
import os
import ssl
import sys
import time


def headers():
    return {"Authorization": "Basic " + os.environ["WATS_AUTH_TOKEN"], "Accept": "application/json"}


async def measure(ask, size, in_flight, requests):
    left = requests

    async def worker():
        nonlocal left
        while left > 0:
            left -= 1
            if len(await ask()) != size:
                sys.exit("a wrong answer")

    await asyncio.gather(*(ask() for _ in range(in_flight)))
    cpu, begin = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return {"cpu_us": (time.process_time() - cpu) / requests * 1e6, "wall_us": (time.perf_counter() - begin) / requests * 1e6}


async def with_httpx(url, ca_file, in_flight, run):
    import httpx
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    # Over TLS it takes what the server offers; an HTTP/1.1 server offers no more.
    async with httpx.AsyncClient(headers=headers(), limits=limits, http2=bool(ca_file), verify=ca_file or True, timeout=60,
                                 trust_env=False) as client:
        async def ask():
            return (await client.get(url)).content
        return await run(ask)


async def with_aiohttp(url, ca_file, in_flight, run):
    import aiohttp
    secured = ssl.create_default_context(cafile=ca_file) if ca_file else None
    async with aiohttp.ClientSession(headers=headers(), connector=aiohttp.TCPConnector(limit=in_flight, ssl=secured)) as client:
        async def ask():
            async with client.get(url) as answer:
                return await answer.read()
        return await run(ask)


def main():
    name, url, size, in_flight, requests, *rest = sys.argv[1:]
    client = {"httpx": with_httpx, "aiohttp": with_aiohttp}[name]
    ca_file = rest[0] if rest else None
    print(json.dumps(asyncio.run(client(url, ca_file, int(in_flight),
                                        lambda ask: measure(ask, int(size), int(in_flight), int(requests))))))


if __name__ == "__main__":
    main()
