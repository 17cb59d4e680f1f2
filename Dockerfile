# docker build --target cpu  -t theresa .        docker run --rm -p 8080:8080 -v theresa-models:/models theresa
# docker build --target cuda -t theresa:cuda .   docker run --rm -p 8080:8080 -v theresa-models:/models --gpus all theresa:cuda --model small
# The first start downloads the model (by default Whisper base) into the volume. Without a network, add:  --model demo
# For named entities (HanLP and torch, 2 GB more), add:  --build-arg EXTRAS=entities

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/theresa
COPY constraints.txt ./
RUN /opt/theresa/bin/pip install --upgrade -c constraints.txt pip
COPY . .
ARG EXTRAS=server
RUN /opt/theresa/bin/pip install -c constraints.txt --build-constraint constraints.txt ".[$EXTRAS]"

FROM build AS build-cuda
RUN /opt/theresa/bin/pip install -c constraints.txt --build-constraint constraints.txt '.[cuda]'

# Shared by both images, without the Python packages.
FROM python:3.11-slim AS base
RUN useradd --create-home --uid 10001 theresa \
    && install -d -o theresa -g theresa /models
ENV PATH=/opt/theresa/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    THERESA_CACHE=/models \
    THERESA_HOST=0.0.0.0 \
    THERESA_PORT=8080
USER theresa
WORKDIR /home/theresa
VOLUME /models
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['THERESA_PORT']), timeout=2); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["theresa-server"]

FROM base AS cuda
COPY --from=build-cuda /opt/theresa /opt/theresa
# CTranslate2 loads cuBLAS by name; the driver comes from the host.
ENV LD_LIBRARY_PATH=/opt/theresa/lib/python3.11/site-packages/nvidia/cublas/lib:/opt/theresa/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM base AS cpu
COPY --from=build /opt/theresa /opt/theresa
