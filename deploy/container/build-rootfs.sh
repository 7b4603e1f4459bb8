#!/usr/bin/env bash
# Builds the root file system of the image, from the distribution, a JDK and the libraries of the system that this runs
# on, which are Debian's (or of another Linux with dpkg). Needs no root, no network and no registry.
#
#   build-rootfs.sh [--jdk DIR] [--dist DIR] [--oci FILE] [--capture] ROOT
#
#   ROOT    a folder that is not there yet
#   --jdk   with jlink; 25 is what the image is meant for, since it makes an AOT cache; by default JAVA_HOME
#   --dist  by default proxy-cli/target/sallyport
#   --oci   an image made of it, by buildah: FILE is a tar archive that podman, skopeo and ctr load, under the name that
#           docker gives to sallyport:VERSION and that pods find by that
#   --capture   with nft too, for the init container that runs `sallyport capture --apply`
set -euo pipefail

fail() {
  echo "error: $1" >&2
  exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
jdk=${JAVA_HOME:-}
dist=$here/../../proxy-cli/target/sallyport
oci=
capture=
root=
while [ $# -gt 0 ]; do
  case $1 in
    --jdk | --dist | --oci)
      [ $# -ge 2 ] || fail "$1: names nothing; give it a path"
      declare "${1#--}=$2"
      shift
      ;;
    --capture) capture=$(command -v nft || echo /usr/sbin/nft) ;;
    -*) fail "$1: unknown; the flags are --jdk, --dist, --oci and --capture" ;;
    *)
      [ -z "$root" ] || fail "$1: a second ROOT; name one"
      root=$1
      ;;
  esac
  shift
done
[ -n "$root" ] || fail "ROOT: missing; name a folder that is not there yet"
# It stands in files of options, where some letters mean something else.
[[ $root =~ ^[A-Za-z0-9/._-]+$ ]] || fail "$root: has other than letters, digits, /, ., _ and -; name another folder"
[ ! -e "$root" ] || fail "$root: is there already; name a folder that is not there yet"
[ -x "$jdk/bin/jlink" ] || fail "--jdk: no bin/jlink in ${jdk:-JAVA_HOME, which is not set}; name a JDK, best 25"
[ -x "$dist/bin/sallyport" ] || fail "--dist: no bin/sallyport in $dist; run mvn package, or name another folder"
[ -z "$oci" ] || command -v buildah >/dev/null || fail "--oci: buildah is not installed; install it"
[ -z "$capture" ] || [ -x "$capture" ] || fail "--capture: nft is not installed; install nftables"
for tool in cc ldd; do
  command -v $tool >/dev/null || fail "$tool: not installed; install gcc and libc-bin"
done

umask 022
mkdir -p "$root"
root=$(cd "$root" && pwd -P)
work=$(mktemp -d)
trap 'status=$?; rm -rf "$work"; [ $status -eq 0 ] || rm -rf "$root"' EXIT
java=$root/opt/java
home=$root/opt/sallyport
# Java finds its jars again by their times; that they are always the same makes layers the same.
epoch=${SOURCE_DATE_EPOCH:-1767225600}

# What jdeps finds, without java.desktop and java.sql, which picocli and Bouncy Castle can do without. The services that
# it cannot find: elliptic curves, which java.base has in later JDKs, and names servers where there is no resolv.conf.
"$jdk/bin/jlink" --output "$java" --no-header-files --no-man-pages --strip-java-debug-attributes --add-modules \
  java.base,java.naming,java.net.http,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported,jdk.crypto.ec,jdk.naming.dns
find "$java/bin" -type f ! -name java -delete
# For a provider of cryptography that is listed and not there Java goes through the class path, and loads all of Bouncy
# Castle's to see whether it has that name.
awk '
  /^security\.provider\.[0-9]+=/ {
    sub(/^[^=]*=/, "")
    if (/^(SUN|SunRsaSign|SunEC|SunJSSE|SunJCE)$/) { print "security.provider." ++n "=" $0 }
    next
  }
  { print }' "$java/conf/security/java.security" >"$work/java.security"
cp "$work/java.security" "$java/conf/security/java.security"

# The distribution, with the native libraries of this machine alone.
mkdir -p "$home/lib/native" "$home/options"
cp -p "$dist"/lib/*.jar "$home/lib"
machine=$(uname -m)
cp -p "$dist"/lib/native/*_"${machine/aarch64/aarch_64}".so "$home/lib/native"
chmod 0644 "$home"/lib/*.jar

mkdir -p "$root"/{etc,usr/bin,usr/lib,usr/lib64}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
cc -O2 -s -Wall -Wextra -Werror -o "$root/usr/bin/sallyport" "$here/sallyport.c"

# Each where the loader has it, with what its package says of version and licence; scanners read status.d.
[ -z "$capture" ] || readlink -f "$capture" >"$work/capture"
{
  find "$root" -type f \( -name '*.so' -o -path '*/bin/*' \) -exec ldd {} +
  [ -z "$capture" ] || ldd "$(cat "$work/capture")"
} |
  sed -n 's/.* => \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | grep -v "^$root/" | sort -u >"$work/needed"
[ -z "$capture" ] || cat "$work/capture" >>"$work/needed"
while read -r library; do
  to=$root$(cd "$(dirname "$library")" && pwd -P)
  mkdir -p "$to"
  cp -L "$library" "$to/"
  echo "$(readlink -f "$library")"
done <"$work/needed" | while read -r file; do
  # Where /lib is a link the package may have it by either name.
  dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "${file#/usr}"
done | cut -d: -f1 | sort -u >"$work/packages"
mkdir -p "$root/var/lib/dpkg/status.d"
while read -r package; do
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
  install -D -m 0644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done <"$work/packages"

echo 'sallyport:x:65532:65532:Sallyport:/:/nonexistent' >"$root/etc/passwd"
echo 'sallyport:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
install -D -m 0644 "$dist/LICENSE" "$root/usr/share/doc/sallyport/LICENSE"
# Where things are mounted, by whoever runs it.
mkdir -p "$root"/{dev,proc,sys,run/sallyport,etc/sallyport}
touch "$root"/etc/{hosts,hostname,resolv.conf}
# Nothing is written there, but Netty says a word when it is not there.
install -d -m 1777 "$root/tmp"

# Java finds its jars again by their times.
find "$root" -exec touch -h -d "@$epoch" {} +

# What a proxy does until it is ready, for Java to keep: fewer seconds of the processor at each start. The demo does
# more, and was measured: its cache takes 13 MiB more of every pod's memory and starts no faster.
cp -R "$dist/bin" "$home"
JAVA_HOME="$java" "$home/bin/sallyport-cache"

# The options: what bin/sallyport gives this Java for each command, in a file where it differs from the others.
mkdir -p "$work/java/bin"
cp "$java/release" "$work/java"
printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >"$work/java/bin/java"
chmod +x "$work/java/bin/java"
options() {
  env -u SALLYPORT_JAVA_OPTS JAVA_HOME="$work/java" "$home/bin/sallyport" $1 |
    awk -v root="$root/" '
      $0 == "io.sallyport.cli.Sallyport" { exit }
      /^-Dsallyport\.std/ { next }
      { gsub(root, "/"); print }'
  echo "-XX:+ErrorFileToStderr"
}
options "" >"$home/options/default"
env JAVA_HOME="$jdk" "$dist/bin/sallyport" help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | while read -r command; do
  options "$command" >"$home/options/$command"
  ! cmp -s "$home/options/default" "$home/options/$command" || rm "$home/options/$command"
done
rm -r "$home/bin"

find "$root" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +

if [ -n "$oci" ]; then
  # As another user too, in a container too: no overlay, no namespaces.
  export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
  storage=(--root "$work/storage" --runroot "$work/run")
  container=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" copy --quiet --chown 0:0 "$container" "$root" / >"$work/copied"
  buildah "${storage[@]}" config --user 65532:65532 --entrypoint '["/usr/bin/sallyport"]' --cmd help \
    --env PATH=/usr/bin --port 8443 --port 9902 --label org.opencontainers.image.title=sallyport \
    --label org.opencontainers.image.licenses=Apache-2.0 "$container"
  ours=$(basename "$dist"/lib/proxy-cli-*.jar .jar)
  # In full: containerd takes a name without a registry for one of its own making, and runs no pod by it.
  buildah "${storage[@]}" commit --quiet --timestamp "$epoch" "$container" \
    "oci-archive:$oci:docker.io/library/sallyport${capture:+-capture}:${ours#proxy-cli-}" >"$work/committed"
fi
