// What the shell does between webstat and the command: it starts programs before there is a command,
// and it is there to clean up if webstat is killed.

/**
 * Runs in the new namespaces, and becomes the command. Arguments: the FIFO that pasta writes to once the
 * network is there; what to put in the place of /etc/resolv.conf, or ""; the command. Descriptor 3 is told
 * when the namespaces are there, and when the network is; 4 is standard error; a line from 5 says that
 * the command may begin.
 *
 * Addresses of IPv6 are not first looked for on the link, where there is nobody else: they can be used at once,
 * and no browser sees its network change a second after it has begun.
 *
 * Resolvers that answer through a socket of the file system would ask outside of the namespace: without
 * them libc asks DNS itself.
 */
export const HOLDER = `
for folder in /proc/sys/net/ipv6/conf/default /proc/sys/net/ipv6/conf/all; do
  echo 0 >"$folder/accept_dad"
done
exec 2>&4 4>&-
echo >&3
read -r ready <"$1" || exit 125
if [ -n "$2" ]; then
  mount --bind "$2" /etc/resolv.conf || exit 125
fi
for socket in /run/systemd/resolve/io.systemd.Resolve /run/nscd/socket; do
  if [ -S "$socket" ]; then mount --bind /dev/null "$socket" || exit 125; fi
done
shift 2
echo >&3
exec 3>&-
read -r begin <&5 || exit 125
exec 5<&-
exec "$@"
`;

/**
 * Runs pasta until standard input ends, as it does when webstat ends in whatever way, and then removes the
 * folder. Arguments: the folder, pasta's command. Standard error ends with pasta.
 */
export const KEEPER = `
folder=$1
shift
"$@" </dev/null &
exec >/dev/null 2>&1
read -r end
kill "$!"
wait "$!"
rm -rf "$folder"
`;
