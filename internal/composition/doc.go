// Package composition says what an XCluster, an XFirewall and the composite behind a
// claim are made of: observed in, desired and status out. It asks nobody, and knows
// nothing of Crossplane's protocol; the time is an input.
package composition
