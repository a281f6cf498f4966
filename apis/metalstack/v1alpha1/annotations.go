package v1alpha1

// Annotations that the provider writes to its managed resources, beside
// Crossplane's own, and some that a person may write.
const (
	// AnnotationAllocationUUID is the allocation that the resource stands for.
	// metal-stack reuses machine ids, an allocation uuid never. For a network
	// it is the network's id, which is never reused.
	AnnotationAllocationUUID = "metal-stack.crossplane.io/allocation-uuid"

	// AnnotationPartitionCreated is when the partition was created that the
	// resource lives in: the fingerprint of its metal-stack.
	AnnotationPartitionCreated = "metal-stack.crossplane.io/partition-created"

	// AnnotationCreateUnknownSince is the time (RFC 3339) of the last create
	// whose outcome is not known. Until the hold-off has passed nothing is
	// created anew and nothing is taken for gone.
	AnnotationCreateUnknownSince = "metal-stack.crossplane.io/create-unknown-since"

	// AnnotationAsked is what metal-stack was asked for, in canonical form: of
	// each field that is fixed at creation a hash, the ids that references led
	// to, and the descriptions, labels and tags that were written. What a person
	// changes in the spec afterwards is compared with it.
	AnnotationAsked = "metal-stack.crossplane.io/asked"

	// AnnotationPrivateOnly is written by a person: "true" has a firewall created
	// that is in no network beside its private one, which makes real machines
	// crash and boot again and again.
	AnnotationPrivateOnly = "metal-stack.crossplane.io/private-only"

	// AnnotationReplaces is the name of the Firewall of this namespace that a Firewall
	// is created to replace. Of all that replace others in a partition one is created
	// at a time, and it may share addresses with the one that it replaces.
	AnnotationReplaces = "metal-stack.crossplane.io/replaces"

	// AnnotationReplacesFor says, beside AnnotationReplaces, for which changes: fields of
	// an XFirewall, with commas. Metrics count them.
	AnnotationReplacesFor = "metal-stack.crossplane.io/replaces-for"

	// AnnotationRecreate of a Firewall that replaces another says "true" where that is
	// to be freed first: the condition MayReplace tells when.
	AnnotationRecreate = "metal-stack.crossplane.io/recreate"

	// AnnotationReinstall is written by a person: <allocation uuid>/<image> consents
	// once to a reinstallation of that very allocation with that image, which wipes
	// its disks.
	AnnotationReinstall = "metal-stack.crossplane.io/reinstall"

	// AnnotationTakeOver is written by a person: the uid of the managed
	// resource (of another cluster, or of before a restore) whose external
	// object this one shall take over.
	AnnotationTakeOver = "metal-stack.crossplane.io/take-over"
)
