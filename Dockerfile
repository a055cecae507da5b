# The service on Node. The pinned Node of the project runs it, whatever the image brings.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY . .
RUN npm ci && node_modules/.bin/node src/build-client.ts && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production WITHHOLD_DATA=/data WITHHOLD_HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s CMD ["node_modules/.bin/node", "-e", "fetch('http://127.0.0.1:8787/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/node", "src/cli/withhold.ts", "serve"]
