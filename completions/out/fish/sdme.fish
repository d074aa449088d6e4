# Made by gen-fish.awk from the option tables; do not edit.
set -g __sdme_commands
set -ga __sdme_commands config 'Show and change the configuration'
set -ga __sdme_commands connector-add 'Let a container use a connector'
set -ga __sdme_commands connector-ls 'List the connectors that a container may use'
set -ga __sdme_commands connector-rm 'Take a connector away from a container'
set -ga __sdme_commands create 'Make a container'
set -ga __sdme_commands disable 'Do not start containers when the host boots'
set -ga __sdme_commands enable 'Start containers when the host boots'
set -ga __sdme_commands exec 'Run a command in a running container'
set -ga __sdme_commands fs-cache 'Show and clean the cache of image blobs'
set -ga __sdme_commands fs-gc 'Clear away what killed imports and removals have left'
set -ga __sdme_commands fs-import 'Make a root filesystem of a tree, an archive or an image'
set -ga __sdme_commands fs-inspect 'Show what is known of a root filesystem'
set -ga __sdme_commands fs-ls 'List root filesystems'
set -ga __sdme_commands fs-rm 'Remove root filesystems'
set -ga __sdme_commands join 'Enter a container with a shell or a command'
set -ga __sdme_commands logs 'Show what a container\'s boot console and unit logged'
set -ga __sdme_commands new 'Make a container, boot it and enter it'
set -ga __sdme_commands oci-inspect 'Show what an OCI image says of itself'
set -ga __sdme_commands oci-pull 'Put an OCI image of a registry into a layout'
set -ga __sdme_commands oci-unpack 'Unpack an image of an OCI layout to a directory'
set -ga __sdme_commands ps 'List containers'
set -ga __sdme_commands restart 'Stop containers and boot them again'
set -ga __sdme_commands rm 'Remove containers'
set -ga __sdme_commands set 'Change the resource limits of a container'
set -ga __sdme_commands start 'Boot containers'
set -ga __sdme_commands stop 'Stop containers'

function __sdme_config -d 'the configuration that the line names, as arguments'
    set -l words (commandline -opc)
    set -l file
    for i in (seq 2 (count $words))
        test $words[$i] = --; and break
        string match -q -- '--config=*' $words[$i]; and set file (string sub -s 10 -- $words[$i])
        test $words[$i] = --config -a $i -lt (count $words); and set file $words[(math $i + 1)]
    end
    test -n "$file"; and printf '%s\n' --config (string replace -r '^~/' $HOME/ -- $file)
end

function __sdme_words -a kind -d 'the names that there are of a kind, without those that are on the line'
    set -l names
    switch $kind
        case container
            set names (command sdme (__sdme_config) ps -q 2>/dev/null)
        case rootfs
            set names (command sdme (__sdme_config) fs ls -q 2>/dev/null)
        case pod
            set names (command sdme (__sdme_config) pod ls -q 2>/dev/null)
        case config-key
            set names (command sdme (__sdme_config) config get -q 2>/dev/null)
        case shell
            set names bash zsh fish
    end
    set -l given (commandline -opc)
    for name in $names
        contains -- $name $given; or echo $name
    end
end

function __sdme_operand_places -d 'where operands are among the words; the arguments are the options with a value'
    set -l words (commandline -opc)
    set -l expected
    set -l ended
    for i in (seq 2 (count $words))
        set -l word $words[$i]
        if test -n "$expected"
            set expected
        else if test -n "$ended"; or not string match -q -- '-?*' $word
            echo $i
        else if test "$word" = --
            set ended 1
        else if string match -q -- '--*' $word
            contains -- (string sub -s 3 -- $word) $argv; and set expected 1
        else if contains -- (string sub -s -1 -- $word) $argv
            set expected 1
        end
    end
end

# __sdme_given flag|value NAME...: whether the option is on the line; in front of its own value it is not
function __sdme_given -a kind
    set -l words (commandline -opc)
    set -e words[1]
    test $kind = value; and string match -q -- '-*' $words[-1]; and not string match -q -- '*=*' $words[-1]; and set -e words[-1]
    for name in $argv[2..-1]
        if test (string length -- $name) = 1
            string match -qr -- "^-[a-zA-Z]*$name" $words; and return 0
        else
            string match -qr -- "^--$name(=|\$)" $words; and return 0
        end
    end
    return 1
end

# __sdme_operands VALUE-OPTION... TEST N: compares the number of operands in front of the cursor
function __sdme_operands
    set -l places (__sdme_operand_places $argv[1..-3])
    test (count $places) $argv[-2] $argv[-1]
end

function __sdme_complete_line -d 'what fish offers behind these words'
    set -l line (string escape -- $argv) (commandline -ct)
    complete -C (string join ' ' -- $line)
end

# The words of "sdme ..." as the name of an applet: its name and the number of words up to its end.
function __sdme_applet
    set -l words (commandline -opc)
    set -l i 2
    while test $i -le (count $words); and string match -q -- '-?*' $words[$i]
        test $words[$i] = --config; and set i (math $i + 1)
        set i (math $i + 1)
    end
    set -l typed sdme
    set -l found
    for last in (seq $i (math $i + 2))
        test $last -le (count $words); or break
        set typed $typed-$words[$last]
        type -q $typed; and set found $typed $i $last
    end
    test -n "$found"; and printf '%s\n' $found
end

function __sdme_delegate -d 'complete sdme WORDS as the applet of these words'
    set -l found (__sdme_applet)
    set -l words (commandline -opc)
    set -l front
    test $found[2] -gt 2; and set front $words[2..(math $found[2] - 1)]
    set -l rest
    test $found[3] -lt (count $words); and set rest $words[(math $found[3] + 1)..-1]
    __sdme_complete_line $found[1] $front $rest
end

function __sdme_next_words -d 'the next words of commands that are installed'
    set -l words (commandline -opc)[2..-1]
    set -l typed
    for word in $words
        string match -q -- '-*' $word; and continue
        set typed "$typed$word-"
    end
    for i in (seq 1 2 (count $__sdme_commands))
        set -l name $__sdme_commands[$i]
        type -q sdme-$name; or continue
        test -z "$typed"; or string match -q -- "$typed*" $name; or continue
        set -l rest (string sub -s (math (string length -- "$typed") + 1) -- $name)
        if string match -q -- '*-*' $rest
            set -l word (string split -m 1 -f 1 -- - $rest)
            printf '%s\tsdme %s ...\n' $word (string replace -a -- - ' ' "$typed$word")
        else
            printf '%s\t%s\n' $rest $__sdme_commands[(math $i + 1)]
        end
    end | sort -u
end

complete -c sdme -f
complete -c sdme -n 'not __sdme_applet' -a '(__sdme_next_words)'
complete -c sdme -n 'not __sdme_applet' -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme -n 'not __sdme_applet' -s v -l verbose -d 'Say each step on standard error'
complete -c sdme -n 'not __sdme_applet' -s h -l help -d 'Show the commands'
complete -c sdme -n 'not __sdme_applet' -s V -l version -d 'Show the version'
complete -c sdme -n __sdme_applet -a '(__sdme_delegate)'
