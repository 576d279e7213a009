#!/usr/bin/env bash
# Makes the fonts of this folder again from the published ones, in FOLDER (default: target/fonts).
# Needs apt (a Debian 12 source), npm and Python; takes a minute. ./test does not run it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../target/fonts}
mkdir -p "$folder"
cd "$folder"

apt-get download --quiet fonts-noto-cjk=1:20220127+repack1-1 unicode-data=15.0.0-1
for package in fonts-noto-cjk unicode-data; do dpkg -x "$package"_*.deb debian; done
npm pack --silent inter-ui@4.1.1
tar xzf inter-ui-4.1.1.tgz
python3 -m venv python
python/bin/pip install --quiet 'fonttools==4.68.0' 'brotli==1.2.0'
python/bin/python "$here/subset.py" debian package out
cmp out/NotoSansSC-Regular.otf "$here/NotoSansSC-Regular.otf"
cmp out/NotoSansSC-Bold.otf "$here/NotoSansSC-Bold.otf"
cmp out/Inter-Regular.ttf "$here/Inter-Regular.ttf"
cmp out/Inter-SemiBold.ttf "$here/Inter-SemiBold.ttf"
echo "the fonts are the same"
