# What ./run and ./test share: children that a signal can end, missing packages, and building only what changed. Sourced, never run.
# shellcheck shell=bash

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
artifacts=$root/.artifacts
configuration=Release
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true DOTNET_CLI_UI_LANGUAGE=en

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- Children ---------------------------------------------------------------------------------------------------------------------
# Each long step is a background job in a process group of its own. A terminal's Ctrl-C so reaches this shell alone, which ends the step
# in the way that suits it and then cleans up; and a signal is heard at once, because bash waits instead of being busy.

child= # the step under way
ending= # how it is ended: see end_child

# run_child WAY PROGRAM ARGUMENT...
run_child() {
    local code=0
    ending=$1
    shift
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    wait "$child" || code=$?
    if [[ $ending == group ]]; then kill -TERM -- "-$child" 2>/dev/null || true; fi # what it left behind: the compiler's server
    child=
    return "$code"
}

# group:   interrupt all of it, then insist. MSBuild ends an interrupted build cleanly.
# leader:  ask the first process, which sees to its own children, and insist after half a minute.
# patient: interrupt it, and wait however long: dpkg must never be cut short.
end_child() {
    [[ -n $child ]] || return 0
    case $ending in
        group) kill -INT -- "-$child"; gone_within 10 || kill -TERM -- "-$child"; gone_within 2 || kill -KILL -- "-$child" ;;
        leader) kill -TERM "$child"; gone_within 30 || kill -KILL -- "-$child" ;;
        patient) say "Waiting for the package manager to finish, so that it leaves nothing half-done..."; kill -INT -- "-$child" ;;
    esac 2>/dev/null
    wait "$child" 2>/dev/null
    child=
}

gone_within() {
    local tenths=$(($1 * 10))
    while kill -0 -- "-$child" 2>/dev/null; do
        ((tenths-- > 0)) || return 1
        sleep 0.1
    done
}

# on_exit COMMAND: whatever ends this script, the step under way is ended first, and then COMMAND puts the rest away.
on_exit() {
    trap "put_away $1" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

put_away() {
    local code=$?
    set +e
    trap '' INT TERM HUP # a second Ctrl-C must not cut the clean-up short
    end_child
    "$1"
    exit "$code"
}

# --- Packages ---------------------------------------------------------------------------------------------------------------------

packages=()

# want PACKAGE TEST...: the package is missing when the test fails.
want() {
    local package=$1
    shift
    "$@" || packages+=("$package")
}

has_postgres() {
    local folder
    for folder in /usr/lib/postgresql/*/bin; do
        [[ -x $folder/initdb && $(basename -- "$(dirname -- "$folder")") -ge 15 ]] && return
    done
    has initdb
}

sdk=

need_dotnet() {
    has dotnet || fail "The .NET SDK is missing: ./run and ./test need dotnet, version 10, on the PATH."
    sdk=$(cd -- "$root" && dotnet --version </dev/null) || fail "The .NET SDK that global.json asks for is missing (see above)."
}

install_missing() {
    ((${#packages[@]} > 0)) || return 0
    local line="apt-get update && apt-get install --yes --no-install-recommends ${packages[*]}"
    has apt-get || fail "These packages are missing, and this is no Debian or Ubuntu that could install them: ${packages[*]}"
    local as_root=()
    if ((EUID != 0)); then
        has sudo && sudo -n true 2>/dev/null ||
            fail "These packages are missing: ${packages[*]}"$'\n'"Have this run as root, then start again:"$'\n'"  $line"
        as_root=(sudo -n)
    fi
    say "Installing ${packages[*]}..."
    # A private cluster is all we need: without this file the first server package would make and start one for the whole system.
    local no_cluster=/etc/postgresql-common/createcluster.d/adminportal.conf
    run_child patient "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -euc '
        if ! [[ -e /usr/share/postgresql-common ]]; then
            mkdir -p -- "$(dirname -- "$1")"
            echo "create_main_cluster = false" >"$1"
            trap "rm -f -- \"$1\"" EXIT
        fi
        shift
        apt-get -qq update || true
        apt-get -qq install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >/dev/null
    ' install "$no_cluster" "${packages[@]}" || fail "The packages could not be installed. As root: $line"
    packages=()
    hash -r
}

# --- Building ---------------------------------------------------------------------------------------------------------------------
# MSBuild takes seconds to find out that nothing changed, and a restore may ask the network; a list of the inputs with size and time takes
# none. The commit counts as an input, because /health/ready tells it.

# inputs FOLDER...: all that a build of these folders reads.
inputs() {
    cd -- "$root"
    printf '%s\n' "$sdk"
    git rev-parse HEAD 2>/dev/null || true
    find . -maxdepth 1 -type f ! -name '*.md' -printf '%p %s %T@\n'
    find "$@" \( -name bin -o -name obj -o -name node_modules -o -path wwwroot/lib \) -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null || true # a folder may be absent
}

digest() { sort | sha256sum | cut -d ' ' -f 1; }

# Only these decide what is restored.
packages_of() { grep -E '\.(csproj|props|targets|sln|slnf|config) |global\.json |package(-lock)?\.json ' || true; }

is_stamped() { [[ -e $artifacts/$1 && $(<"$artifacts/$1") == "$2" ]]; }

# needs_build NAME FOLDER...
needs_build() {
    local name=$1
    shift
    [[ -e $artifacts/building ]] || ! is_stamped "$name.built" "$(inputs "$@" | digest)" || ! [[ -e $(dll src/LocalPostgres) ]]
}

# build NAME SOLUTION FOLDER...
build() {
    local name=$1 solution=$2 built restored options=()
    shift 2
    mkdir -p -- "$artifacts"
    built=$(inputs "$@" | digest)
    restored=$(inputs "$@" | packages_of | digest)
    # A compiler cut short may leave a broken file that looks new: then everything is compiled again.
    if [[ -e $artifacts/building ]]; then options+=(--no-incremental); fi
    if is_stamped "$name.restored" "$restored" && [[ -e $root/src/AdminPortal/obj/project.assets.json ]]; then options+=(--no-restore); fi
    touch "$artifacts/building"
    # No MSBuild node outlives the build; the compiler's server is our own and ends with it.
    if ! run_child group dotnet build "$root/$solution" -c "$configuration" -v q -nologo "${options[@]}" \
        -nodeReuse:false -p:SharedCompilationId="adminportal-$$" >"$artifacts/build.log" 2>&1; then
        awk "!seen[\$0]++" "$artifacts/build.log" # MSBuild says each error twice
        return 1
    fi
    printf %s "$restored" >"$artifacts/$name.restored"
    printf %s "$built" >"$artifacts/$name.built"
    rm -f -- "$artifacts/building"
}

# built_with NAME FOLDER...: a larger build has just built these too.
built_with() {
    local name=$1
    shift
    inputs "$@" | packages_of | digest | tr -d '\n' >"$artifacts/$name.restored"
    inputs "$@" | digest | tr -d '\n' >"$artifacts/$name.built"
}

# dll FOLDER: the program that a project's folder builds.
dll() {
    local project
    project=$(basename -- "$1")
    case $1 in
        src/AdminPortal) project=AdminPortal ;;
        src/LocalPostgres) project=AdminPortal.LocalPostgres ;;
        migrations) project=AdminPortal.Migrations ;;
    esac
    printf %s "$root/$1/bin/$configuration/net10.0/$project.dll"
}
