/** The shells that completion is there for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell reads to complete `gofer`. Each asks `gofer __complete`, which prints a candidate a line, with a tab and its
 * description behind it, or `:files` where names of files are wanted.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of gofer for bash.
_gofer() {
  local line value
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
      return
    fi
    printf -v value %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$value")
  done < <("\${COMP_WORDS[0]}" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _gofer gofer
`,
  zsh: `#compdef gofer
# Completion of gofer for zsh.
_gofer() {
  local line
  local -a lines values
  lines=("\${(@f)$("\${words[1]}" __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == :files ]]; then
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] && values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe gofer values
}
if [[ "\${funcstack[1]}" == _gofer ]]; then
  _gofer "$@"
else
  compdef _gofer gofer
fi
`,
  fish: `# Completion of gofer for fish.
function __gofer_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines ($words[1] __complete fish $words[2..-1] 2>/dev/null)
  if test "$lines[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else if test (count $lines) -gt 0
    printf '%s\\n' $lines
  end
end
complete -c gofer -f -a '(__gofer_complete)'
`,
};
