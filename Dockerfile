# The service and its jobs; the database is a server of its own (docker-compose.yml).
FROM python:3.11-slim
RUN useradd --create-home --uid 10001 plumbline
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --chown=plumbline . .
RUN mkdir -p /data && chown plumbline /data /app
ENV PLUMBLINE_DATA_FOLDER=/data NUMBA_CACHE_DIR=/data/numba PATH="/app/.venv/bin:$PATH"
USER plumbline
VOLUME /data
ENTRYPOINT ["./plumbline"]
CMD ["serve"]
