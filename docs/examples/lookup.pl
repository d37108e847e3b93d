#!/usr/bin/env perl
# A tagger for adrbench's `command`: what was a mention in training is one again. The longest match wins.
use strict;
use warnings;
use JSON::PP;

$| = 1;                             # an answer is to leave at once
my $json = JSON::PP->new->utf8;     # bytes outside, characters inside: offsets count characters
my %known;                          # how often a text had which label
my $longest = 1;                    # in tokens
my $learning;

sub answer { print $json->encode({@_}), "\n" }

sub learn {
    my ($document) = @_;
    for my $span (@{ $document->{spans} }) {
        my ($start, $end, $label) = @$span;
        $known{ lc substr($document->{text}, $start, $end - $start) }{$label}++;
        my $tokens = grep { $_->[0] >= $start && $_->[1] <= $end } @{ $document->{tokens} };
        $longest = $tokens if $tokens > $longest;
    }
}

sub tag {
    my ($document) = @_;
    my ($text, @tokens) = ($document->{text}, @{ $document->{tokens} });
    my @spans;
    for (my $i = 0; $i < @tokens; $i++) {
        my $last = $i + $longest > @tokens ? $#tokens : $i + $longest - 1;
        for my $j (reverse $i .. $last) {
            my ($start, $end) = ($tokens[$i][0], $tokens[$j][1]);
            my $labels = $known{ lc substr($text, $start, $end - $start) } or next;
            my ($label) = sort { $labels->{$b} <=> $labels->{$a} || $a cmp $b } keys %$labels;
            push @spans, [$start, $end, $label];
            $i = $j;
            last;
        }
    }
    answer(type => 'spans', id => $document->{id}, spans => \@spans);
}

while (my $line = <STDIN>) {
    my $message = $json->decode($line);
    my $type = $message->{type};
    if    ($type eq 'start')    { answer(type => 'ready') }
    elsif ($type eq 'fit')      { $learning = 1 }
    elsif ($type eq 'predict')  { $learning = 0 }
    elsif ($type eq 'document') { $learning ? learn($message) : tag($message) }
    elsif ($type eq 'end')      { answer(type => $learning ? 'fitted' : 'predicted') }
    elsif ($type eq 'stop')     { last }
}
