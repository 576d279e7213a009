# Sourced by ./demo, ./test, ./bench and packaging/deb: installs the Debian packages that are missing, saying which.

# What the window is built with, and what it needs to run, also without a graphics card.
window_builds_with=(pkg-config libfontconfig-dev)
window_runs_with=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0 libegl1 libgl1
  libgl1-mesa-dri)
# A display, a session and a screen reader without a person (crates/virtual-display).
virtual_display=(xvfb dbus at-spi2-core python3-gi gir1.2-atspi-2.0)

# need_packages PACKAGE...: each is installed when dpkg does not know it as installed.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing Debian packages: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    if [ "${CI:-}" = true ] || command -v sudo >/dev/null; then
      root=(sudo)
    else
      echo "please install them as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
  fi
  local log
  log=$(mktemp)
  if ! { "${root[@]}" apt-get update && "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "the packages could not be installed" >&2
    return 1
  fi
  rm -f "$log"
}

# need_cargo: Rust itself is the one thing that the reader brings.
need_cargo() {
  command -v cargo >/dev/null && return 0
  echo "Rust is missing: install it from https://rustup.rs and start this again" >&2
  return 1
}
