package kinds_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/kinds"
)

const folder = "github.com/crossplane-contrib/provider-metal-stack/internal/controller/"

// No kind's package imports another's, however far away: what one has to do with
// another is said by its relations.
func TestKindsStandAlone(t *testing.T) {
	t.Parallel()
	var packages []string
	for _, k := range kinds.Relations() {
		packages = append(packages, folder+strings.ToLower(k.Name))
	}
	for _, p := range packages {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", p).Output()
		if err != nil {
			t.Fatalf("cannot list what %s imports: %v", p, err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, p) {
			t.Errorf("want %s among its own", p)
		}
		for _, other := range packages {
			if other != p && slices.Contains(deps, other) {
				t.Errorf("%s imports %s", p, other)
			}
		}
	}
}
