# The gateway alone: what builds and tests it stays behind, and the packages that it needs are bundled into dist/.
# docker build -t graph-operations-gateway .
FROM node:24-alpine AS build
WORKDIR /gateway
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY tools ./tools
COPY schema ./schema
COPY src ./src
RUN npm run build

FROM node:24-alpine
WORKDIR /gateway
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY --from=build /gateway/dist ./dist
COPY package.json LICENSE ./
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
