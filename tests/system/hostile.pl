# The PID 1 of a container that means no good: hostile.pl MODE, what stands in the place of its service manager.
#
#	silent     listens, and never says anything
#	closing    closes each connection at once
#	accepting  closes each after it has taken what it was asked
#	garbage    answers with what is no D-Bus
#	flood      says who it is as D-Bus wants it, then one signal after the other
#	starting   answers every question with "starting"
#	words      answers every question with a text that is no state, and long
#	deaf       never listens
#	files      never listens, and makes files where others watch for them, without an end
use strict;
use Socket;

$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = 'IGNORE';
$SIG{"NUM" . 37} = 'IGNORE';
my $mode = shift;
open my $count, '>', '/connections' or die;
select((select($count), $| = 1)[0]);

mkdir '/run/systemd';
unlink '/run/systemd/private';
socket my $listener, PF_UNIX, SOCK_STREAM, 0 or die;
bind $listener, sockaddr_un('/run/systemd/private') or die;
listen $listener, 100 or die unless $mode =~ /^(deaf|files)$/;
if ($mode eq 'files' && !fork) {
	for (my $i = 0; ; $i++) {
		open my $file, '>', '/run/made.' . $i % 2;
		unlink '/run/made.' . ($i + 1) % 2;
	}
}

# Little-endian D-Bus (Message Protocol): a text as a variant of a reply, a signal with no body.
sub pad { my ($s, $n) = @_; $s . "\0" x (-length($s) % $n) }
sub field { my ($code, $type, $value) = @_; pack('C', $code) . "\1$type\0" . $value }
sub message {
	my ($type, $serial, $fields, $body) = @_;
	pad(pack('aCCCVVV', 'l', $type, 1, 1, length $body, $serial, length $fields) . $fields, 8) . $body;
}
sub reply {
	my ($serial, $text) = @_;
	my $fields = pad(field(5, 'u', pack 'V', $serial), 8) . field(8, 'g', "\1v\0");
	message(2, 7, $fields, pad("\1s\0", 4) . pack('V', length $text) . "$text\0");
}
sub text { pack('V', length $_[0]) . "$_[0]\0" }
my $signal = message(4, 9, pad(field(1, 'o', text '/a'), 8) . pad(field(2, 's', text 'a.b'), 8) .
	field(3, 's', text 'C'), '');

# sd-bus sends all of its part before it reads.
sub authenticate {
	my ($peer) = @_;
	my $got = '';

	while ($got !~ s/^.*BEGIN\r\n//s) {
		sysread $peer, $got, 65536, length $got or exit;
	}
	syswrite $peer, "DATA\r\nOK " . "0" x 32 . "\r\nAGREE_UNIX_FD\r\n";
	return $got;
}

sub serve {
	my ($peer) = @_;

	return sleep 100000 if $mode eq 'silent';
	return syswrite $peer, "GARBAGE\r\n" x 1000 if $mode eq 'garbage';
	my $got = authenticate($peer);
	1 while $mode eq 'flood' && syswrite $peer, $signal x 100;
	for (;;) {
		sysread $peer, $got, 65536, length $got or exit if length $got < 16;
		my (undef, $type, undef, undef, $body, $serial, $fields) = unpack 'aCCCVVV', $got;
		my $length = 16 + $fields + -$fields % 8 + $body;
		sysread $peer, $got, 65536, length $got or exit while length $got < $length;
		$got = substr $got, $length;
		return if $mode eq 'accepting';
		syswrite $peer, reply($serial, $mode eq 'words' ? "evil\e]0;x\a\n" x 10000 : 'starting');
	}
}

sleep 100000 while $mode eq 'deaf';
while (1) {
	accept my $peer, $listener or next;
	print $count "x\n";
	next if $mode eq 'closing';
	serve($peer), exit unless fork;
}
