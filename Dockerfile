# The portal, its reference mail server and the migrator in one image: `dotnet AdminPortal.dll` serves, `dotnet AdminPortal.Migrations.dll`
# migrates and ends. It never seeds the demonstration.

FROM node:22-slim AS client-libraries
WORKDIR /npm
COPY src/AdminPortal/package.json src/AdminPortal/package-lock.json src/AdminPortal/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# What /health/ready tells: the image is built without the repository's history.
ARG COMMIT=unknown
WORKDIR /source
COPY .editorconfig BannedSymbols.txt Directory.Build.props Directory.Packages.props global.json ./
COPY migrations migrations
COPY src src
COPY wwwroot wwwroot
COPY --from=client-libraries /npm/node_modules/bootstrap/dist/css/bootstrap.min.css /npm/node_modules/htmx.org/dist/htmx.min.js wwwroot/lib/
# Both into one folder: the migrator is made of the portal's assemblies. ReadyToRun, because a first start is mostly compiling.
RUN for project in migrations/AdminPortal.Migrations.csproj src/AdminPortal/AdminPortal.csproj; do \
        dotnet publish "$project" --configuration Release --output /app --use-current-runtime --self-contained false \
            -p:PublishReadyToRun=true -p:RunAnalyzers=false -p:RestoreClientLibraries=false -p:SourceRevisionId="$COMMIT" || exit 1; \
    done

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
RUN mkdir /data && chown "$APP_UID" /data
# The portal has its own settings for ports; the base image's would only be overridden, with a warning.
ENV ASPNETCORE_HTTP_PORTS= \
    Portal__BindAddress=any \
    Portal__DataFolder=/data
VOLUME /data
EXPOSE 8080 8443 1143 1993 1110 1995 1587 1465
USER $APP_UID
ENTRYPOINT ["dotnet", "AdminPortal.dll"]
