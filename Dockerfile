# One image for the aggregation worker (the default command) and the paper-trading demo (`dist/demo/main.js`).
# Nothing in it needs a shell, a writable root file system or a user of its own: see helm/perf-metrics.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Install scripts are left out: what is built needs none, and the pinned `node` package would fetch a second Node.js.
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npx tsc -p tsconfig.build.json --outDir dist && node scripts/build-page.ts dist/page \
    && find dist -name '*.d.ts' -delete

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Types, maps and texts are two thirds of what the packages weigh, and nothing reads them here.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
    && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \
       -o -iname '*.md' -o -name '*.ts' \) -delete \
    && rm -rf node_modules/@types node_modules/.package-lock.json

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/package.json ./package.json
COPY --from=dependencies /app/node_modules ./node_modules
# The demo replays these candles.
COPY --from=build /src/node_modules/vega-datasets/package.json ./node_modules/vega-datasets/package.json
COPY --from=build /src/node_modules/vega-datasets/build ./node_modules/vega-datasets/build
COPY --from=build /src/node_modules/vega-datasets/data/sp500-2000.csv ./node_modules/vega-datasets/data/sp500-2000.csv
COPY --from=build /src/dist ./dist
USER 1000:1000
EXPOSE 9464 9465
ENTRYPOINT ["node"]
CMD ["dist/cli.js", "fleet"]
