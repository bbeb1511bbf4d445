// What the shell does between webstat and the command: it starts programs before there is a command,
// and it is there to clean up if webstat is killed.

/** Numbers of one digit: dash knows no others. */
export interface HolderDescriptors {
  /** Is told when the namespaces are there, and when the network is. */
  readonly progress: number;
  /** Standard error. */
  readonly errors: number;
  /** A line from here says that the command may begin. */
  readonly start: number;
}

/**
 * Runs in the new namespaces, and becomes the command. Arguments: the FIFO that pasta writes to once the
 * network is there; what to put in the place of /etc/resolv.conf, or ""; the command.
 *
 * Addresses of IPv6 are not first looked for on the link, where there is nobody else: they can be used at once,
 * and no browser sees its network change a second after it has begun.
 *
 * Resolvers that answer through a socket of the file system would ask outside of the namespace: without
 * them libc asks DNS itself.
 */
export const holder = ({ progress, errors, start }: HolderDescriptors) => `
for folder in /proc/sys/net/ipv6/conf/default /proc/sys/net/ipv6/conf/all; do
  echo 0 >"$folder/accept_dad"
done
exec 2>&${errors} ${errors}>&-
echo >&${progress}
read -r ready <"$1" || exit 125
if [ -n "$2" ]; then
  mount --bind "$2" /etc/resolv.conf || exit 125
fi
for socket in /run/systemd/resolve/io.systemd.Resolve /run/nscd/socket; do
  if [ -S "$socket" ]; then mount --bind /dev/null "$socket" || exit 125; fi
done
shift 2
echo >&${progress}
exec ${progress}>&-
read -r begin <&${start} || exit 125
exec ${start}<&-
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
