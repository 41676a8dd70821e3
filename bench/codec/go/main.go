// The codec of the OpenTelemetry Collector (pdata), on requests of the codec suite: `codec SIGNAL WORK FILE ITEMS` prints
// nanoseconds of CPU per item.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
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
	measure(once, warmUpMs, items)
	fmt.Print(measure(once, measuredMs, items))
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
