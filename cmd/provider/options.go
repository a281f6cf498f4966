package main

import (
	"fmt"
	"io"

	changelogs "github.com/crossplane/crossplane-runtime/v2/apis/changelogs/proto/v1alpha1"
	"github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/feature"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/statemetrics"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// newLogger of the provider. The controller runtime's own messages are many,
// and shown at debug level only. Those of client-go, which are about the lease
// and about watches that fail, come as the provider's own do.
func newLogger(f flags, to io.Writer) logging.Logger {
	zl := zap.New(zap.WriteTo(to), zap.UseDevMode(f.Debug), func(o *zap.Options) { o.TimeEncoder = zapcore.ISO8601TimeEncoder })
	if f.Debug {
		ctrl.SetLogger(zl)
	} else {
		ctrl.SetLogger(zap.New(zap.WriteTo(io.Discard)))
	}
	klog.SetLoggerWithOptions(zl.WithName("client-go"), klog.ContextualLogger(true))
	return logging.NewLogrLogger(zl.WithName("provider-metal-stack"))
}

// newOptions of the controllers.
func newOptions(f flags, log logging.Logger) (controller.Options, error) {
	states := statemetrics.NewMRStateMetrics()
	if err := metrics.Registry.Register(states); err != nil {
		return controller.Options{}, fmt.Errorf("cannot register the metrics of resources: %w", err)
	}
	o := controller.Options{
		Logger:                  log,
		PollInterval:            f.Poll,
		MaxConcurrentReconciles: f.MaxReconcileRate,
		Features:                &feature.Flags{},
		MetricOptions:           &controller.MetricOptions{PollStateMetricInterval: f.PollStateMetric, MRStateMetrics: states},
	}
	if f.RuntimeLimiter {
		o.GlobalRateLimiter = ratelimiter.NewGlobal(f.MaxReconcileRate)
	}
	o.Features.Enable(feature.EnableBetaManagementPolicies)
	if !f.EnableChangelogs {
		return o, nil
	}
	o.Features.Enable(feature.EnableAlphaChangeLogs)
	conn, err := grpc.NewClient("unix://"+f.ChangelogsSocketPath, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return controller.Options{}, fmt.Errorf("cannot reach the change log service: %w", err)
	}
	o.ChangeLogOptions = &controller.ChangeLogOptions{
		ChangeLogger: managed.NewGRPCChangeLogger(changelogs.NewChangeLogServiceClient(conn), managed.WithProviderVersion("provider-metal-stack:"+version)),
	}
	return o, nil
}
