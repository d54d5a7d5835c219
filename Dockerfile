# One image for all apps; the command chooses: node dist/bin/{server,worker,console,simulator}.js
#   docker build -t lastcall .

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages too: the compiled parts of swc and esbuild are among them.
RUN npm ci --ignore-scripts
COPY apps apps
COPY libs libs
COPY tools tools
# The browser library is no part of the image.
RUN node tools/compile.mjs apps libs tools && node tools/bundle-apps.mjs \
  # Nor are the other optional packages: Node itself, and native code for msgpackr, which falls back to JavaScript.
  && npm prune --ignore-scripts --omit=dev --omit=optional \
  # What remains of the sources is the files that the pages consist of.
  && find apps -name '*.ts' -delete && find apps -mindepth 1 -type d -empty -delete

# The XMPP server of docker-compose.yml: docker build --target prosody -t lastcall-prosody .
# From the same image as the apps: its user has the same number as theirs, since one of them writes its accounts.
FROM node:24-bookworm-slim AS prosody
RUN apt-get update -qq \
  && apt-get install -y -qq --no-install-recommends prosody prosody-modules openssl \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /prosody && chown node:node /prosody
COPY tools/prosody/prosody.cfg.lua tools/prosody/make-certificate deploy/prosody/mod_lastcall_clients.lua /etc/lastcall/
USER node
EXPOSE 5222 5223 5280 5281
# The certificate stays in the volume.
CMD ["sh", "-c", "sh /etc/lastcall/make-certificate /prosody/certificate && exec prosody -F --config /etc/lastcall/prosody.cfg.lua"]

FROM node:24-bookworm-slim
ENV NODE_ENV=production HTTP_HOST=0.0.0.0 HTTP_PORT=8080
WORKDIR /app
COPY package.json ./
COPY tools/health-check.mjs tools/health-check.mjs
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/apps apps
# Where docker-compose.yml mounts the file of the agents, and what the service accounts writes for Prosody.
RUN mkdir /agents /prosody && chown node:node /agents /prosody
USER node
EXPOSE 8080
# Alive, not ready: while Redis is away a server is not ready, but to restart it would drop its desktops.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["node", "tools/health-check.mjs", "live"]
STOPSIGNAL SIGTERM
CMD ["node", "dist/bin/server.js"]
