//go:build e2e

package demo

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/demo"
)

func TestStory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	var story bytes.Buffer
	if err := demo.Once(t.Context(), dir, io.MultiWriter(&story, t.Output())); err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason string
		want   string
	}{
		"Package":  {reason: "The program of the package runs.", want: `provider-metal-stack-[0-9a-f]+ runs, from its package's image`},
		"Event":    {reason: "What happens to a machine is told as it happens.", want: `machine 0{8}-[0-9a-f-]+: Installing, whole-firewall`},
		"XCluster": {reason: "The XCluster is synced and ready, with its workers.", want: `(?m)^default +xcluster\.cluster\.metal-stack\.crossplane\.io/whole .* 2/2 .*True +True `},
		"Before":   {reason: "The first firewall has the egress address.", want: `its firewall is whole-firewall, on machine 0{8}-[0-9a-f-]+, with (203\.0\.113\.[0-9]+)\n`},
		"Rolls":    {reason: "It is said what happens when a rule is added.", want: `xcluster default/whole: FirewallUpToDate False Roll: rules`},
		"After":    {reason: "The next one takes its place.", want: `its firewall is whole-firewall-b, on machine 0{8}-[0-9a-f-]+, with (203\.0\.113\.[0-9]+)\n`},
		"XFirewall": {
			reason: "So is its firewall.",
			want:   `(?m)^default +xfirewall\.cluster\.metal-stack\.crossplane\.io/whole-firewall .*True +True `,
		},
		"Claim": {reason: "So is the claim.", want: `(?m)^default +xclusterclaim\.cluster\.metal-stack\.crossplane\.io/x-claimed .*True +True `},
		"Trace": {reason: "The trace shows the parts.", want: `(?m)^│  └─ Firewall/whole-firewall-b .*True +True +Available`},
		"Machine": {
			reason: "A machine has phoned home as the XCluster's firewall, in its project.",
			want:   `(?m)^0{8}-[0-9a-f-]+ +firewall +Phoned Home +Alive +whole-firewall +0{8}-0000-0000-0000-0{11}1$`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if !regexp.MustCompile(tc.want).Match(story.Bytes()) {
				t.Errorf("\n%s\nthe story lacks %s", tc.reason, tc.want)
			}
		})
	}
	found := regexp.MustCompile(`its firewall is .* with (.*)\n`).FindAllStringSubmatch(story.String(), -1)
	if len(found) != 2 || found[0][1] != found[1][1] {
		t.Errorf("want the address kept, got %v", found)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state directory: %v, want it gone", err)
	}
}
