// Command function composes XClusters, XFirewalls and what is behind their claims, when
// Crossplane asks it to.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/alecthomas/kong"
	"github.com/crossplane/function-sdk-go"

	_ "time/tzdata" // An image of the program alone has no time zones, and maintenance windows name some.
)

// version is set by the linker.
var version = "v0.0.0-dev"

// mostMiB of a request: that of the XCluster with most workers, and as much again for keys
// and for what others write into what it is made of.
const mostMiB = 32

// flags of the function, as Crossplane's functions have them.
type flags struct {
	Debug   bool             `help:"Log every run."                short:"d"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Network            string `default:"tcp"   help:"Network to listen on."`
	Address            string `default:":9443" help:"Address to listen on for Crossplane."`
	TLSCertsDir        string `env:"TLS_SERVER_CERTS_DIR" help:"Folder with tls.crt, tls.key and ca.crt. Only who has a certificate of that authority is answered."`
	Insecure           bool   `help:"Serve without TLS. For crossplane composition render only: Crossplane always uses TLS."`
	MaxRecvMessageSize int    `default:"${most}" help:"Largest request, in MiB."`
	MetricsAddress     string `help:"Address of the metrics, such as 127.0.0.1:8080. None if left out."`
}

func main() {
	f := flags{}
	kong.Parse(&f, kong.Name("function"), kong.Description("Compose XClusters and XFirewalls for Crossplane."), kong.Vars{"version": version, "most": strconv.Itoa(mostMiB)})
	if err := run(f); err != nil {
		fmt.Fprintf(os.Stderr, "function: %v\n", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	log, err := function.NewLogger(f.Debug)
	if err != nil {
		return fmt.Errorf("cannot log: %w", err)
	}
	all, err := kinds()
	if err != nil {
		return fmt.Errorf("cannot know the kinds: %w", err)
	}
	return function.Serve(&composes{log: log, kinds: all},
		function.Listen(f.Network, f.Address),
		function.MTLSCertificates(f.TLSCertsDir),
		function.Insecure(f.Insecure),
		function.MaxRecvMessageSize(f.MaxRecvMessageSize<<20),
		function.WithMetricsServer(f.MetricsAddress),
	)
}
