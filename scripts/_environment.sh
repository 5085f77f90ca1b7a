# Sourced by the scripts beside it, which set $root first: finds Python, keeps virtual environments.
# shellcheck shell=sh
# shellcheck disable=SC2154  # $root comes from the caller

# uv trusts its own list of authorities unless it is told to trust this machine's, as pip does.
if [ -z "${UV_SYSTEM_CERTS:-}" ]; then
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        if [ -r "$bundle" ]; then export UV_SYSTEM_CERTS=true; fi
    done
fi

say() {
    printf '%s\n' "$*" >&2
}

# Every Python that may do, best first, one path a line. pyenv's own folders are looked into because
# its shims fail for a version that is installed but not selected.
list_pythons() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" || say "PYTHON=$PYTHON is not a program."
        return 0
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        command -v "$name" || true
    done
    for path in "${PYENV_ROOT:-${HOME:-/root}/.pyenv}"/versions/3.1[0-4].*/bin/python3; do
        if [ -x "$path" ]; then printf '%s\n' "$path"; fi
    done
}

# Prints the Python that builds environments: at least 3.10, and able to make one where there is a
# choice. Inside an activated environment that is the Python below it.
find_python() {
    probe='
import importlib.util, sys
if sys.version_info < (3, 10):
    sys.exit(1)
print(getattr(sys, "_base_executable", None) or sys.executable)
sys.exit(0 if all(map(importlib.util.find_spec, ("venv", "ensurepip"))) else 2)
'
    second_best=
    while IFS= read -r candidate; do
        [ -n "$candidate" ] || continue
        status=0
        found=$("$candidate" -I -c "$probe" 2>/dev/null </dev/null) || status=$?
        case $status in
            0) printf '%s\n' "$found"; return 0 ;;
            2) second_best=${second_best:-$found} ;;
        esac
    done <<LIST
$(list_pythons)
LIST
    if [ -n "$second_best" ]; then
        printf '%s\n' "$second_best"
        return 0
    fi
    say "Python 3.10 or newer is needed and none was found."
    say "Mend: install one, or name one: PYTHON=/path/to/python3 $0"
    return 1
}

# Prints the path of Python 3.$1, or fails.
find_minor() {
    while IFS= read -r candidate; do
        [ -x "$candidate" ] || continue
        if "$candidate" -I -c "import sys; sys.exit(sys.version_info[:2] != (3, $1))" \
            2>/dev/null </dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done <<LIST
$(command -v "python3.$1" || true)
$(printf '%s\n' "${PYENV_ROOT:-${HOME:-/root}/.pyenv}/versions/3.$1".*[0-9]"/bin/python3.$1")
LIST
    return 1
}

version_of() {
    "$1" -V 2>/dev/null </dev/null || true
}

# is_ready DIRECTORY KEY: whether the environment was completed for KEY, by the Python that it has
# now and, if $PYTHON is set, by that one. The usual start pays for this and nothing else.
is_ready() {
    [ -r "$1/.stamp" ] || return 1
    { IFS= read -r stamped_key && IFS= read -r stamped_version; } <"$1/.stamp" || return 1
    [ "$stamped_key" = "$2" ] || return 1
    [ "$stamped_version" = "$(version_of "$1/bin/python")" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$stamped_version" = "$(version_of "$PYTHON")" ]
}

# ensure_environment DIRECTORY FINGERPRINT PIP-ARGUMENT...: a complete virtual environment at
# DIRECTORY. It is brought up to date when FINGERPRINT, the arguments or the checkout's path change.
ensure_environment() {
    directory=$1
    fingerprint=$2
    shift 2
    key="$fingerprint $root $*"
    if is_ready "$directory" "$key"; then return 0; fi
    python=$(find_python) || return 1
    # In the background, because a shell that waits for a program in the foreground dies of a signal
    # without telling that program.
    "$python" -I "$root/scripts/_environment.py" "$directory" "$key" "$@" &
    builder=$!
    trap 'kill -TERM "$builder" 2>/dev/null' HUP INT TERM
    status=0
    wait "$builder" || status=$?
    trap - HUP INT TERM
    return "$status"
}
