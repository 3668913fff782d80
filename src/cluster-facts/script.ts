/**
 * What is run on the cluster: a POSIX shell script on the stdin of `sh -s`, so that nothing has to be installed there and
 * no login shell reads it. It only looks, and prints `name=value` lines; `cluster-facts.ts` reads them.
 */
import { ArpoEnvError } from '../errors.js';

export interface ClusterQuestions {
  /** The trainer's URL of the env server, without credentials. */
  url: URL;
  /** The tunnel's port. */
  port: number;
  rayPort: number;
  /** The trainer's clone; empty: where clones usually are. */
  repo: string;
  /** The training config, within the clone. */
  trainingConfig: string;
  condaEnv: string;
}

/** Throws E_CONFIG for a value of several lines: it could not be told from the script. */
export function clusterScript(questions: ClusterQuestions): string {
  const { url, port, rayPort, repo, trainingConfig, condaEnv } = questions;
  const values = [url.href.replace(/\/+$/, ''), port, rayPort, repo, trainingConfig, condaEnv].map(String);
  const broken = values.find((value) => /[\n\r\0]/.test(value));
  if (broken !== undefined) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `a setting of the cluster holds a line break: ${JSON.stringify(broken)}`,
      fix: 'write it in one line; arpo-env config print shows where it comes from',
    });
  }
  // A quoted here-document: the shell reads the values as data and expands nothing in them.
  return `${READ_INPUT}\n${values.join('\n')}\nARPO_ENV_INPUT\n${SCRIPT}`;
}

const READ_INPUT = `{ IFS= read -r url; IFS= read -r port; IFS= read -r ray; IFS= read -r repo; IFS= read -r yaml; IFS= read -r conda; } <<'ARPO_ENV_INPUT'`;

const SCRIPT = `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin
say() { printf '%s=%s\\n' "$1" "$2"; }
# awk ends each line, also a last one that the file does not end.
lines() { awk -v name="$1" '{ print name "=" $0 }'; }
has() { command -v "$1" >/dev/null 2>&1; }

say time "$(date +%s)"
say host "$(hostname 2>/dev/null || uname -n)"
say system "$(uname -sr)"
say user "$(id -un) $(id -u)"
# Who else may log in; an account that is not in the file comes from a directory, with others that it does not list.
accounts() { cat /etc/passwd; has getent && getent passwd; }
say others "$(accounts 2>/dev/null | awk -F: -v me="$(id -u)" '$3 >= 1000 && $3 != 65534 && $3 != me && $7 !~ /(nologin|false)$/ { seen[$3] } END { n = 0; for (uid in seen) n++; print n }')"
say directory "$(awk -F: -v me="$(id -u)" '$3 == me { found = 1 } END { print found ? "no" : "yes" }' /etc/passwd 2>/dev/null)"

# The request of the trainer, without any proxy.
if has curl; then
  answer=$(curl -q --noproxy '*' -sS -i --connect-timeout 3 --max-time 5 "$url/health" 2>&1); code=$?
  say probe.tool curl
elif has python3; then
  answer=$(python3 -c '
import sys, urllib.request, urllib.error, socket
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    r = opener.open(sys.argv[1], timeout=5)
except urllib.error.HTTPError as e:
    r = e
except Exception as e:
    reason = getattr(e, "reason", e)
    print(reason)
    late = isinstance(reason, (socket.timeout, TimeoutError))
    sys.exit(28 if late else 7 if isinstance(reason, ConnectionRefusedError) else 6 if isinstance(reason, socket.gaierror) else 52)
print("HTTP/1.1", getattr(r, "status", None) or r.code)
for name in r.headers: print(name + ": " + r.headers[name])
print()
print(r.read(20000).decode("utf-8", "replace"))
' "$url/health" 2>&1); code=$?
  say probe.tool python3
else
  answer=; code=; say probe.tool none
fi
say probe.code "$code"
printf '%s\\n' "$answer" | head -c 20000 | tr -d '\\r' | lines probe.line

hex=$(printf '%04X' "$port" 2>/dev/null)
for table in /proc/net/tcp /proc/net/tcp6; do
  [ -r $table ] && awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print "listen=" $2 " " $8 }' $table
done
has ss && ss -Htlnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\\([^"]*\\)",pid=\\([0-9]*\\).*/holder=\\1 \\2/p'
[ -r /proc/net/tcp ] && say listen.table yes
for file in $(grep -la '[a]rpo-env-tunnel' /proc/[0-9]*/cmdline 2>/dev/null); do
  parent=$(sed -n 's/^PPid:[[:space:]]*//p' "\${file%/cmdline}/status" 2>/dev/null)
  say session "$parent $(tr '\\0' ' ' <"$file" 2>/dev/null)"
done

has getent && getent ahosts localhost 2>/dev/null | awk '{ print "localhost=" $1; exit }'
for name in http_proxy HTTP_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY; do
  eval "value=\\\${$name-}"
  [ -n "$value" ] && say "proxy.$name" "$value"
done
grep -hE '^[[:space:]]*(export[[:space:]]+)?(http_proxy|HTTP_PROXY|all_proxy|ALL_PROXY|no_proxy|NO_PROXY)=' \\
  /etc/environment /etc/profile.d/*.sh "$HOME/.profile" "$HOME/.bash_profile" "$HOME/.bashrc" "$HOME/.zshrc" 2>/dev/null |
  sed 's/^[[:space:]]*//; s/^export[[:space:]]*//; s/["'"'"']//g; s/^/proxy-file./'

cat /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config 2>/dev/null |
  sed '/^[[:space:]]*[Mm]atch[[:space:]]/,$d' |
  grep -iE '^[[:space:]]*(AllowTcpForwarding|DisableForwarding|PermitListen|GatewayPorts|MaxSessions|ClientAliveInterval|ClientAliveCountMax)[[:space:]]' |
  sed 's/^[[:space:]]*//' | lines sshd

# Ray's own processes say everything in their arguments; the brackets keep this grep out of what it finds.
for file in $(grep -laE '[s]tatic_resource_list|[g]cs_server_port' /proc/[0-9]*/cmdline 2>/dev/null); do
  tr '\\0' '\\n' <"$file" 2>/dev/null | grep -E '^--?(static_resource_list|gcs_server_port|gcs-address|node_ip_address|node-ip-address)=' | lines ray
done
rayhex=$(printf '%04X' "$ray" 2>/dev/null)
for table in /proc/net/tcp /proc/net/tcp6; do
  [ -r $table ] && awk -v port=":$rayhex" '$4 == "0A" && substr($2, length($2) - 4) == port { print "ray.listen=" $2 }' $table
done

case $repo in '~') repo=$HOME ;; '~/'*) repo=$HOME/\${repo#'~/'} ;; esac
if [ -z "$repo" ]; then
  for candidate in "$PWD" "$HOME/arpo_remote_env" "$HOME/arpo_replica" "$HOME/ARPO_replicate" "$HOME/ARPO"; do
    [ -f "$candidate/$yaml" ] && repo=$candidate && break
  done
fi
say repo "$repo"
[ -n "$repo" ] && [ -d "$repo" ] && say repo.exists yes
file=$yaml
case $yaml in /*) ;; *) file=$repo/$yaml ;; esac
say yaml.path "$file"
if [ -f "$file" ] && [ -r "$file" ]; then
  say yaml.exists yes
  head -c 65536 "$file" | tr -d '\\r' | lines yaml.line
elif [ -n "$repo" ]; then
  ls "$repo"/configs/*.yaml 2>/dev/null | head -20 | lines yaml.other
fi

for base in "$HOME/miniconda3" "$HOME/anaconda3" "$HOME/miniforge3" "$HOME/mambaforge" "$HOME/micromamba" "$HOME/.conda" /opt/conda /opt/miniconda3 /opt/anaconda3; do
  [ -d "$base" ] && say conda.base "$base"
  [ -d "$base/envs/$conda" ] && say conda.env "$base/envs/$conda"
done
[ -r "$HOME/.conda/environments.txt" ] && while IFS= read -r line; do
  case $line in */envs/"$conda") [ -d "$line" ] && say conda.env "$line" ;; esac
done <"$HOME/.conda/environments.txt"
has conda && say conda.base "$(command -v conda)"
say end yes
`;
