// Written by `pnpm generate` from data/metrics.csv; do not edit.
/* oxlint-disable max-lines */
/** data/metrics.csv as it is. */
export const metricsTable: string = `metric,instrument,unit,description
nvidia.gpu.mig.mode,updowncounter,1,Whether MIG is on: 1 or 0.
nvidia.gpu.persistence_mode,updowncounter,1,Whether the driver stays loaded without a client: 1 or 0.
nvidia.gpu.confidential_compute.mode,updowncounter,1,Confidential computing mode of the GPU.
nvidia.gpu.count,updowncounter,{gpu},GPUs that the host engine knows.
hw.gpu.utilization,gauge,1,"Share of time in which the GPU, its encoder or its decoder was busy."
nvidia.gpu.memory_copy.utilization,gauge,1,Share of time in which the memory controller was busy.
nvidia.gpu.graphics_engine.utilization,gauge,1,Share of time in which the graphics or compute engine was active.
nvidia.gpu.sm.utilization,gauge,1,"Share of cycles in which an SM had a warp assigned, averaged over the SMs."
nvidia.gpu.sm.occupancy,gauge,1,Warps resident on an SM as a share of the most it can hold.
nvidia.gpu.pipe.utilization,gauge,1,Share of cycles in which a pipe of the SM was active.
nvidia.gpu.dram.utilization,gauge,1,Share of cycles in which the memory interface sent or received.
nvidia.gpu.video_engine.utilization,gauge,1,"Share of time in which a video, JPEG or optical flow engine was active."
nvidia.gpu.sm.cycles,counter,{cycle},"Cycles of the SMs, elapsed and active."
nvidia.gpu.pipe.cycles,counter,{cycle},Cycles in which a pipe was active.
hw.gpu.memory.limit,updowncounter,By,Memory of the GPU or MIG instance.
hw.gpu.memory.usage,updowncounter,By,Memory in use.
nvidia.gpu.memory.free,updowncounter,By,Memory that is free.
nvidia.gpu.memory.reserved,updowncounter,By,Memory that driver and firmware keep for themselves.
hw.gpu.memory.utilization,gauge,1,Memory in use as a share of what can be used.
nvidia.gpu.bar1.limit,updowncounter,By,Size of the BAR1 aperture.
nvidia.gpu.bar1.usage,updowncounter,By,BAR1 in use.
nvidia.gpu.bar1.free,updowncounter,By,BAR1 that is free.
nvidia.gpu.clock.frequency,gauge,Hz,Current clock.
nvidia.gpu.clock.frequency.limit,gauge,Hz,Highest clock that the hardware or an application setting allows.
nvidia.gpu.performance_state,gauge,{state},P-state; 0 is the fastest.
nvidia.gpu.clock.event,updowncounter,1,Whether the clock is held back for this reason: 1 or 0.
nvidia.gpu.clock.throttle.time,counter,s,"Time that the clock was held back, by reason."
nvidia.gpu.clock.event.time,counter,s,"Time that a clock event lasted, by reason."
hw.power,gauge,W,Power drawn.
nvidia.gpu.power.instant,gauge,W,Power drawn at the moment of the sample.
hw.energy,counter,J,Energy used since the driver was loaded.
nvidia.gpu.power.limit,gauge,W,Power limits in whole watts.
hw.temperature,gauge,Cel,Temperature.
hw.temperature.limit,gauge,Cel,Temperature at which the hardware acts.
nvidia.gpu.temperature.margin,gauge,Cel,Degrees left before the GPU slows down.
hw.fan.speed_ratio,gauge,1,Fan speed as a share of the fastest.
nvidia.gpu.pcie.throughput,gauge,By/s,"Bytes per second over PCIe, headers included."
hw.gpu.io,counter,By,Bytes over PCIe or NVLink since the driver was loaded.
nvidia.gpu.pcie.replays,counter,{replay},PCIe packets sent again.
nvidia.gpu.pcie.errors,counter,{error},PCIe errors.
nvidia.gpu.pcie.link.generation.limit,gauge,{generation},Highest PCIe generation of GPU and slot.
nvidia.gpu.pcie.link.generation,gauge,{generation},PCIe generation in use; lower when idle.
nvidia.gpu.pcie.link.width.limit,gauge,{lane},Most PCIe lanes of GPU and slot.
nvidia.gpu.pcie.link.width,gauge,{lane},PCIe lanes in use.
nvidia.gpu.nvlink.throughput,gauge,By/s,Bytes per second over NVLink.
nvidia.gpu.nvlink.packets,counter,{packet},Packets over NVLink.
nvidia.gpu.nvlink.errors,counter,{error},NVLink errors of all links of a GPU.
nvidia.gpu.nvlink.link.errors,counter,{error},NVLink errors of one link.
nvidia.gpu.nvlink.recoveries,counter,{recovery},Attempts to bring a link back.
nvidia.gpu.nvlink.bit_error_ratio,gauge,1,Share of bits or symbols in error.
nvidia.gpu.nvlink.fec_blocks,counter,{block},Blocks by how many symbols error correction mended.
nvidia.gpu.nvlink.error_events,counter,{error},NVLink error events.
nvidia.gpu.c2c.links,updowncounter,{link},Links between GPU and CPU chip.
nvidia.gpu.c2c.bandwidth.limit,gauge,By/s,Highest bandwidth between GPU and CPU chip.
nvidia.gpu.c2c.throughput,gauge,By/s,Bytes per second between GPU and CPU chip.
nvidia.gpu.c2c.errors,counter,{error},Errors of the links between GPU and CPU chip.
nvidia.gpu.ecc.mode,updowncounter,1,Whether ECC is on: 1 or 0.
hw.errors,counter,{error},ECC errors since the driver was loaded.
nvidia.gpu.ecc.errors,counter,{error},"ECC errors over the life of the board, and by where they were."
nvidia.gpu.ecc.sram.threshold_exceeded,updowncounter,1,Whether SRAM errors passed the vendor's limit for replacement: 1 or 0.
nvidia.gpu.memory.pages.retired,updowncounter,{page},Memory pages taken out of use.
nvidia.gpu.memory.pages.pending,updowncounter,1,Whether pages wait for a reboot to be retired: 1 or 0.
nvidia.gpu.memory.rows.remapped,updowncounter,{row},Memory rows replaced by spare ones.
nvidia.gpu.memory.rows.remap_failed,updowncounter,1,Whether a row could not be replaced: 1 or 0.
nvidia.gpu.memory.rows.remap_pending,updowncounter,1,Whether a row waits for a reset to be replaced: 1 or 0.
nvidia.gpu.memory.banks,updowncounter,{bank},Memory banks by how many spare rows are left.
nvidia.gpu.memory.unrepairable,updowncounter,1,Whether memory is beyond repair: 1 or 0.
nvidia.gpu.xid.errors,counter,{error},XID events by code.
nvidia.gpu.recovery_action,updowncounter,1,What the driver asks for: 1 for the action that applies.
nvidia.gpu.fabric.health,updowncounter,1,Whether a fabric condition holds: 1 or 0.
nvidia.gpu.fabric.health.summary,updowncounter,1,Health of the fabric as a whole: 1 for the state that applies.
nvidia.gpu.fabric.state,updowncounter,1,Registration at the fabric manager: 1 for the state that applies.
nvidia.gpu.inforom.valid,updowncounter,1,Whether the InfoROM is intact: 1 or 0.
nvidia.vgpu.licensed,updowncounter,1,Whether the vGPU has a licence: 1 or 0.
nvidia.vgpu.memory.usage,updowncounter,By,Memory that a vGPU uses.
nvidia.gpu.power_smoothing.enabled,updowncounter,1,Whether power smoothing is on: 1 or 0.
nvidia.gpu.power_smoothing.lifetime.remaining,gauge,1,Life left in the power smoothing circuit.
hw.voltage,gauge,V,Voltage.
nvidia.nvswitch.link.errors,counter,{error},NVSwitch link errors.
nvidia.nvswitch.sxid.errors,counter,{error},SXID events by code.
nvidia.cpu.utilization,gauge,1,Share of CPU time by mode.
hw.cpu.speed,gauge,Hz,Current CPU clock.
nvidia.cpu.power.limit,gauge,W,Power limit of the CPU.
`;
