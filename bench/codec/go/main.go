// The codec of the OpenTelemetry Collector (pdata), on requests of the codec suite: `codec SIGNAL WORK FILE ITEMS` prints
// nanoseconds of CPU per item.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const (
	warmUpMs   = 1500
	measuredMs = 3000
)

type request interface {
	UnmarshalProto(data []byte) error
	MarshalProto() ([]byte, error)
}

func newRequest(signal string) request {
	switch signal {
	case "metrics":
		return pmetricotlp.NewExportRequest()
	case "logs":
		return plogotlp.NewExportRequest()
	default:
		return ptraceotlp.NewExportRequest()
	}
}

func cpuNs() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	signal, work, file := os.Args[1], os.Args[2], os.Args[3]
	items, err := strconv.Atoi(os.Args[4])
	if err != nil {
		panic(err)
	}
	bytes, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	decoded := newRequest(signal)
	if err := decoded.UnmarshalProto(bytes); err != nil {
		panic(err)
	}
	once := func() {
		if err := newRequest(signal).UnmarshalProto(bytes); err != nil {
			panic(err)
		}
	}
	if work == "encode" {
		once = func() {
			out, err := decoded.MarshalProto()
			if err != nil || len(out) == 0 {
				panic("nothing was encoded")
			}
		}
	}
	if work == "drop" {
		once = func() {
			one := newRequest(signal)
			if err := one.UnmarshalProto(bytes); err != nil {
				panic(err)
			}
			dropEverySecond(one)
			out, err := one.MarshalProto()
			if err != nil || len(out) == 0 {
				panic("nothing was encoded")
			}
		}
	}
	measure(once, warmUpMs, items)
	fmt.Print(measure(once, measuredMs, items))
}

// dropEverySecond drops every second record or span, and looks at a number of each, as a filter does.
func dropEverySecond(one request) {
	at := 0
	second := func() bool {
		at++
		return at%2 == 0
	}
	switch typed := one.(type) {
	case plogotlp.ExportRequest:
		resources := typed.Logs().ResourceLogs()
		for i := 0; i < resources.Len(); i++ {
			scopes := resources.At(i).ScopeLogs()
			for j := 0; j < scopes.Len(); j++ {
				scopes.At(j).LogRecords().RemoveIf(func(record plog.LogRecord) bool {
					return record.SeverityNumber() == plog.SeverityNumberInfo && second()
				})
			}
		}
	case ptraceotlp.ExportRequest:
		resources := typed.Traces().ResourceSpans()
		for i := 0; i < resources.Len(); i++ {
			scopes := resources.At(i).ScopeSpans()
			for j := 0; j < scopes.Len(); j++ {
				scopes.At(j).Spans().RemoveIf(func(span ptrace.Span) bool {
					return span.Kind() == ptrace.SpanKindServer && second()
				})
			}
		}
	}
}

func measure(once func(), ms int64, items int) float64 {
	begin := cpuNs()
	for times := 1; ; times++ {
		once()
		if used := cpuNs() - begin; used >= ms*1_000_000 {
			return float64(used) / float64(times) / float64(items)
		}
	}
}
