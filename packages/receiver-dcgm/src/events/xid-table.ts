// Written by `pnpm generate` from data/xid.csv; do not edit.
/* oxlint-disable max-lines */
/** data/xid.csv as it is. */
export const xidTable: string = `xid,mnemonic,severity,action,in_use,description
1,ROBUST_CHANNEL_FIFO_ERROR_FIFO_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
2,ROBUST_CHANNEL_FIFO_ERROR_SW_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
3,ROBUST_CHANNEL_FIFO_ERROR_UNK_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
4,ROBUST_CHANNEL_FIFO_ERROR_CHANNEL_BUSY,info,contact_vendor_if_repeated,no,Not used by current drivers
5,ROBUST_CHANNEL_FIFO_ERROR_RUNOUT_OVERFLOW,info,contact_vendor_if_repeated,no,Not used by current drivers
6,ROBUST_CHANNEL_FIFO_ERROR_PARSE_ERR,info,contact_vendor_if_repeated,no,Not used by current drivers
7,ROBUST_CHANNEL_FIFO_ERROR_PTE_ERR,info,contact_vendor_if_repeated,no,Not used by current drivers
8,ROBUST_CHANNEL_FIFO_ERROR_IDLE_TIMEOUT,warning,restart_app,yes,A channel's work did not finish within the driver's time limit; the job on that channel was stopped
9,ROBUST_CHANNEL_GR_ERROR_INSTANCE,info,contact_vendor_if_repeated,no,Not used by current drivers
10,ROBUST_CHANNEL_GR_ERROR_SINGLE_STEP,info,contact_vendor_if_repeated,no,Not used by current drivers
11,ROBUST_CHANNEL_GR_ERROR_MISSING_HW,warning,restart_app,yes,A command-stream method named an engine class the GPU lacks; bad or corrupt commands
12,ROBUST_CHANNEL_GR_ERROR_SW_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
13,ROBUST_CHANNEL_GR_EXCEPTION / ROBUST_CHANNEL_GR_ERROR_SW_NOTIFY,warning,restart_app,yes,"The graphics/compute engine raised an exception (out-of-range access, illegal instruction, bad class); usually an application fault, sometimes hardware"
14,ROBUST_CHANNEL_FAKE_ERROR,info,none,no,Synthetic error used for driver testing (listed as unused by the current NVIDIA catalogue)
15,ROBUST_CHANNEL_SCANLINE_TIMEOUT,info,contact_vendor_if_repeated,no,Not used by current drivers
16,ROBUST_CHANNEL_VBLANK_CALLBACK_TIMEOUT,info,contact_vendor_if_repeated,no,Display did not answer a vertical-blank request in time (listed as unused by the current NVIDIA catalogue)
17,ROBUST_CHANNEL_PARAMETER_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
18,ROBUST_CHANNEL_BUS_MASTER_TIMEOUT_ERROR,info,contact_vendor_if_repeated,no,GPU lost the right to start PCI transfers (listed as unused by the current NVIDIA catalogue)
19,ROBUST_CHANNEL_DISP_MISSED_NOTIFIER,info,contact_vendor_if_repeated,no,Not used by current drivers
20,ROBUST_CHANNEL_MPEG_ERROR_SW_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
21,ROBUST_CHANNEL_ME_ERROR_SW_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
22,ROBUST_CHANNEL_VP_ERROR_SW_METHOD,info,contact_vendor_if_repeated,no,Not used by current drivers
23,ROBUST_CHANNEL_RC_LOGGING_ENABLED,info,contact_vendor_if_repeated,no,Not used by current drivers
24,ROBUST_CHANNEL_GR_SEMAPHORE_TIMEOUT,info,contact_vendor_if_repeated,no,Not used by current drivers
25,ROBUST_CHANNEL_GR_ILLEGAL_NOTIFY,warning,restart_app,yes,Command stream contained a notify that is not allowed; application or CUDA library fault
26,ROBUST_CHANNEL_FIFO_ERROR_FBISTATE_TIMEOUT,info,contact_vendor_if_repeated,no,Not used by current drivers
27,ROBUST_CHANNEL_VP_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
28,ROBUST_CHANNEL_VP2_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
29,ROBUST_CHANNEL_BSP_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
30,ROBUST_CHANNEL_BAD_ADDR_ACCESS,info,contact_vendor_if_repeated,no,Not used by current drivers
31,ROBUST_CHANNEL_FIFO_ERROR_MMU_ERR_FLT,warning,restart_app,yes,An engine touched GPU virtual memory that is not mapped or not permitted (page fault); usually an application bug
32,ROBUST_CHANNEL_PBDMA_ERROR,warning,restart_app,yes,"The engine that fetches commands saw a corrupt command stream (application, driver, or data corrupted on the bus)"
33,ROBUST_CHANNEL_SEC_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
34,ROBUST_CHANNEL_MSVLD_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
35,ROBUST_CHANNEL_MSPDEC_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
36,ROBUST_CHANNEL_MSPPP_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
37,ROBUST_CHANNEL_FECS_ERR_UNIMP_FIRMWARE_METHOD,info,none,yes,Firmware got a method it does not implement (context-switch firmware)
38,ROBUST_CHANNEL_FECS_ERR_WATCHDOG_TIMEOUT,warning,contact_vendor_if_repeated,yes,Context-switch firmware watchdog fired
39,ROBUST_CHANNEL_CE0_ERROR,warning,restart_app,yes,Copy engine 0 raised an exception
40,ROBUST_CHANNEL_CE1_ERROR,warning,restart_app,yes,Copy engine 1 raised an exception
41,ROBUST_CHANNEL_CE2_ERROR,warning,restart_app,yes,Copy engine 2 raised an exception
42,ROBUST_CHANNEL_VIC_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
43,ROBUST_CHANNEL_RESETCHANNEL_VERIF_ERROR,info,see_preceding_xid,yes,"The driver stopped a user channel after a fault; the application's context is lost, the GPU stays usable"
44,ROBUST_CHANNEL_GR_FAULT_DURING_CTXSW,warning,contact_vendor_if_repeated,yes,Engine fault while switching contexts
45,ROBUST_CHANNEL_PREEMPTIVE_REMOVAL,info,see_preceding_xid,yes,Channel removed because of an earlier fault or because the process was killed; look for the XID just before it
46,ROBUST_CHANNEL_GPU_TIMEOUT_ERROR,critical,drain_and_reset_gpu,yes,GPU timed out; engine hung and needs a reset
47,ROBUST_CHANNEL_NVENC0_ERROR,info,contact_vendor_if_repeated,no,Video encoder 0 raised an exception (listed as unused by the current NVIDIA catalogue)
48,ROBUST_CHANNEL_GPU_ECC_DBE,critical,drain_and_reset_gpu,yes,"ECC found a double-bit (uncorrectable) memory error; row remap/page retirement follows (63/64, 94/95)"
49,SILENT_RUNNING_CONSTANT_LEVEL_SET_BY_REGISTRY,info,contact_vendor_if_repeated,no,Not used by current drivers
50,SILENT_RUNNING_LEVEL_TRANSITION_DUE_TO_RC_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
51,SILENT_RUNNING_STRESS_TEST_FAILURE,info,contact_vendor_if_repeated,no,Not used by current drivers
52,SILENT_RUNNING_LEVEL_TRANS_DUE_TO_TEMP_RISE,info,contact_vendor_if_repeated,no,Not used by current drivers
53,SILENT_RUNNING_TEMP_REDUCED_CLOCKING,info,contact_vendor_if_repeated,no,Not used by current drivers
54,SILENT_RUNNING_PWR_REDUCED_CLOCKING,error,check_cabling,yes,The board's extra power cable is missing or loose
55,SILENT_RUNNING_TEMPERATURE_READ_ERROR,info,contact_vendor_if_repeated,no,Not used by current drivers
56,DISPLAY_CHANNEL_EXCEPTION,info,contact_vendor_if_repeated,no,Display channel exception (listed as unused by the current NVIDIA catalogue)
57,FB_LINK_TRAINING_FAILURE_ERROR,info,contact_vendor_if_repeated,no,Memory link training failed (listed as unused by the current NVIDIA catalogue)
58,FB_MEMORY_ERROR,info,contact_vendor_if_repeated,no,Memory interface unstable (listed as unused by the current NVIDIA catalogue)
59,PMU_ERROR,info,contact_vendor_if_repeated,no,Power-management micro-controller error (old drivers) (listed as unused by the current NVIDIA catalogue)
60,ROBUST_CHANNEL_SEC2_ERROR,warning,restart_app,yes,Security/video processor raised an exception
61,PMU_BREAKPOINT,warning,contact_vendor_if_repeated,no,Power-management micro-controller breakpoint (listed as unused by the current NVIDIA catalogue)
62,PMU_HALT_ERROR,critical,drain_and_reset_gpu,yes,Power-management micro-controller halted; clocks and power control lost
63,INFOROM_DRAM_RETIREMENT_EVENT,warning,reset_gpu_when_idle,yes,A bad memory row (or page) was recorded for remapping/retirement; takes effect at the next GPU reset
64,INFOROM_DRAM_RETIREMENT_FAILURE,critical,drain_and_reset_gpu,yes,Recording a bad row/page for remapping failed (no spare left or inforom write failed)
65,ROBUST_CHANNEL_NVENC1_ERROR,info,contact_vendor_if_repeated,no,Video encoder 1 raised an exception (listed as unused by the current NVIDIA catalogue)
66,ROBUST_CHANNEL_FECS_ERR_REG_ACCESS_VIOLATION,info,none,yes,Context-switch firmware saw a register access the driver may not make
67,ROBUST_CHANNEL_FECS_ERR_VERIF_VIOLATION,info,none,yes,Context-switch firmware verification rule broken
68,ROBUST_CHANNEL_NVDEC0_ERROR,warning,restart_app,yes,Video decoder 0 raised an exception
69,ROBUST_CHANNEL_GR_CLASS_ERROR,warning,restart_app,yes,An engine class check failed on a method in the command stream
70,ROBUST_CHANNEL_CE3_ERROR,warning,restart_app,yes,Copy engine 3 raised an exception
71,ROBUST_CHANNEL_CE4_ERROR,warning,restart_app,yes,Copy engine 4 raised an exception
72,ROBUST_CHANNEL_CE5_ERROR,warning,restart_app,yes,Copy engine 5 raised an exception
73,ROBUST_CHANNEL_NVENC2_ERROR,info,contact_vendor_if_repeated,no,Video encoder 2 raised an exception (listed as unused by the current NVIDIA catalogue)
74,NVLINK_ERROR,error,check_nvlink,yes,NVLink reported a fatal or repeated link fault (Ampere/Hopper generation); bits in the text tell link and cause
75,ROBUST_CHANNEL_CE6_ERROR,warning,restart_app,yes,Copy engine 6 raised an exception
76,ROBUST_CHANNEL_CE7_ERROR,warning,restart_app,yes,Copy engine 7 raised an exception
77,ROBUST_CHANNEL_CE8_ERROR,warning,restart_app,yes,Copy engine 8 raised an exception
78,VGPU_START_ERROR,error,update_driver,yes,A vGPU could not be started; host and guest driver versions disagree or are unsupported
79,ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS,critical,drain_and_reboot_node,yes,"GPU no longer answers on PCIe ('fell off the bus'); power, thermal, slot or board fault"
80,PBDMA_PUSHBUFFER_CRC_MISMATCH,warning,restart_app,yes,Checksum of the command buffer did not match: data was damaged on its way to the GPU
81,ROBUST_CHANNEL_VGA_SUBSYSTEM_ERROR,info,contact_vendor_if_repeated,no,Legacy VGA block error (listed as unused by the current NVIDIA catalogue)
82,ROBUST_CHANNEL_NVJPG0_ERROR,warning,restart_app,yes,JPEG engine 0 raised an exception
83,ROBUST_CHANNEL_NVDEC1_ERROR,warning,restart_app,yes,Video decoder 1 raised an exception
84,ROBUST_CHANNEL_NVDEC2_ERROR,warning,restart_app,yes,Video decoder 2 raised an exception
85,ROBUST_CHANNEL_CE9_ERROR,warning,restart_app,yes,Copy engine 9 raised an exception
86,ROBUST_CHANNEL_OFA0_ERROR,warning,restart_app,yes,Optical-flow engine 0 raised an exception
87,NVTELEMETRY_DRIVER_REPORT,info,contact_vendor_if_repeated,no,Driver telemetry report (listed as unused by the current NVIDIA catalogue)
88,ROBUST_CHANNEL_NVDEC3_ERROR,warning,restart_app,yes,Video decoder 3 raised an exception
89,ROBUST_CHANNEL_NVDEC4_ERROR,warning,restart_app,yes,Video decoder 4 raised an exception
90,LTC_ERROR,warning,contact_vendor_if_repeated,no,Level-two cache error (listed as unused by the current NVIDIA catalogue)
91,RESERVED_XID,info,contact_vendor_if_repeated,no,Not used by current drivers
92,EXCESSIVE_SBE_INTERRUPTS,warning,watch_memory_health,yes,Corrected single-bit ECC errors arrive faster than the limit; memory is degrading
93,INFOROM_ERASE_LIMIT_EXCEEDED,info,none,yes,Inforom flash has been written more often than provisioned; not fatal
94,ROBUST_CHANNEL_CONTAINED_ERROR,warning,restart_app,yes,Uncorrectable memory error was contained: only the application that touched the bad memory is killed
95,ROBUST_CHANNEL_UNCONTAINED_ERROR,critical,drain_and_reset_gpu,yes,Uncorrectable memory error was NOT contained: all work on the GPU is unsafe until it is reset
96,ROBUST_CHANNEL_NVDEC5_ERROR,warning,restart_app,yes,Video decoder 5 raised an exception
97,ROBUST_CHANNEL_NVDEC6_ERROR,warning,restart_app,yes,Video decoder 6 raised an exception
98,ROBUST_CHANNEL_NVDEC7_ERROR,warning,restart_app,yes,Video decoder 7 raised an exception
99,ROBUST_CHANNEL_NVJPG1_ERROR,warning,restart_app,yes,JPEG engine 1 raised an exception
100,ROBUST_CHANNEL_NVJPG2_ERROR,warning,restart_app,yes,JPEG engine 2 raised an exception
101,ROBUST_CHANNEL_NVJPG3_ERROR,warning,restart_app,yes,JPEG engine 3 raised an exception
102,ROBUST_CHANNEL_NVJPG4_ERROR,warning,restart_app,yes,JPEG engine 4 raised an exception
103,ROBUST_CHANNEL_NVJPG5_ERROR,warning,restart_app,yes,JPEG engine 5 raised an exception
104,ROBUST_CHANNEL_NVJPG6_ERROR,warning,restart_app,yes,JPEG engine 6 raised an exception
105,ROBUST_CHANNEL_NVJPG7_ERROR,warning,restart_app,yes,JPEG engine 7 raised an exception
106,SMBPBI_TEST_MESSAGE,info,none,yes,Test message of the out-of-band management bus
107,SMBPBI_TEST_MESSAGE_SILENT,info,none,yes,Silent test message of the out-of-band management bus
108,NVLINK_REMOTE_TRANSLATION_ERROR,warning,see_preceding_xid,no,Address translation failed at the remote end of an NVLink (listed as unused by the current NVIDIA catalogue)
109,ROBUST_CHANNEL_CTXSW_TIMEOUT_ERROR,critical,drain_and_reset_gpu,yes,Context switch did not finish in time; engine hung
110,SEC_FAULT_ERROR,critical,drain_and_reset_gpu,yes,Security engine reported a fault
111,BUNDLE_ERROR_EVENT,info,contact_vendor_if_repeated,no,Display bundle event (listed as unused by the current NVIDIA catalogue)
112,DISP_SUPERVISOR_ERROR,info,contact_vendor_if_repeated,no,Display supervisor error (listed as unused by the current NVIDIA catalogue)
113,DP_LT_FAILURE,info,contact_vendor_if_repeated,no,DisplayPort link training failed (listed as unused by the current NVIDIA catalogue)
114,HEAD_RG_UNDERFLOW,info,contact_vendor_if_repeated,no,Display pipeline ran out of data (listed as unused by the current NVIDIA catalogue)
115,CORE_CHANNEL_REGS,info,contact_vendor_if_repeated,no,Display core channel error (listed as unused by the current NVIDIA catalogue)
116,WINDOW_CHANNEL_REGS,info,contact_vendor_if_repeated,no,Display window channel error (listed as unused by the current NVIDIA catalogue)
117,CURSOR_CHANNEL_REGS,info,contact_vendor_if_repeated,no,Display cursor channel error (listed as unused by the current NVIDIA catalogue)
118,HEAD_REGS,info,contact_vendor_if_repeated,no,Display head register error (listed as unused by the current NVIDIA catalogue)
119,GSP_RPC_TIMEOUT,critical,drain_and_reset_gpu,yes,Driver waited too long for an answer of the GPU System Processor (GSP) firmware; all queries of this GPU may hang
120,GSP_ERROR,critical,drain_and_reset_gpu,yes,GPU System Processor firmware reported an error or crashed
121,C2C_ERROR,info,watch_c2c,yes,Corrected errors on the chip-to-chip link between CPU and GPU (Grace systems)
122,SPI_PMU_RPC_READ_FAIL,info,contact_vendor_if_repeated,no,Reading the board flash through the power controller failed (listed as unused by the current NVIDIA catalogue)
123,SPI_PMU_RPC_WRITE_FAIL,warning,contact_vendor_if_repeated,no,Writing the board flash through the power controller failed (listed as unused by the current NVIDIA catalogue)
124,SPI_PMU_RPC_ERASE_FAIL,info,contact_vendor_if_repeated,no,Erasing the board flash through the power controller failed (listed as unused by the current NVIDIA catalogue)
125,INFOROM_FS_ERROR,warning,contact_vendor_if_repeated,no,The inforom file system is damaged (listed as unused by the current NVIDIA catalogue)
126,ROBUST_CHANNEL_CE10_ERROR,warning,restart_app,yes,Copy engine 10 raised an exception
127,ROBUST_CHANNEL_CE11_ERROR,warning,restart_app,yes,Copy engine 11 raised an exception
128,ROBUST_CHANNEL_CE12_ERROR,warning,restart_app,yes,Copy engine 12 raised an exception
129,ROBUST_CHANNEL_CE13_ERROR,warning,restart_app,yes,Copy engine 13 raised an exception
130,ROBUST_CHANNEL_CE14_ERROR,warning,restart_app,yes,Copy engine 14 raised an exception
131,ROBUST_CHANNEL_CE15_ERROR,warning,restart_app,yes,Copy engine 15 raised an exception
132,ROBUST_CHANNEL_CE16_ERROR,warning,restart_app,yes,Copy engine 16 raised an exception
133,ROBUST_CHANNEL_CE17_ERROR,warning,restart_app,yes,Copy engine 17 raised an exception
134,ROBUST_CHANNEL_CE18_ERROR,warning,restart_app,yes,Copy engine 18 raised an exception
135,ROBUST_CHANNEL_CE19_ERROR,warning,restart_app,yes,Copy engine 19 raised an exception
136,ALI_TRAINING_FAIL,error,check_nvlink,yes,An NVLink did not train
137,NVLINK_PRIV_ERR,warning,see_preceding_xid,yes,"A peer GPU tried to use fabric-linear memory without permission (peer process faulted, or mapping already gone)"
138,ROBUST_CHANNEL_DLA_ERROR,info,contact_vendor_if_repeated,no,Deep-learning accelerator channel error (listed as unused by the current NVIDIA catalogue)
139,ROBUST_CHANNEL_OFA1_ERROR,warning,restart_app,yes,Optical-flow engine 1 raised an exception
140,UNRECOVERABLE_ECC_ERROR_ESCAPE,critical,drain_and_reset_gpu,yes,An uncorrectable ECC error escaped the normal handling path
141,ROBUST_CHANNEL_FAST_PATH_ERROR,info,none,yes,CUDA fast path reported a fault
142,ROBUST_CHANNEL_NVENC3_ERROR,warning,restart_app,yes,Video encoder 3 error
143,GPU_INIT_ERROR,critical,drain_and_reset_gpu,yes,GPU could not be initialised
144,NVLINK_SAW_ERROR,error,check_nvlink_subcode,yes,NVLink 5 system-agent wrapper error; sub-code decides severity
145,NVLINK_RLW_ERROR,error,check_nvlink_subcode,yes,NVLink 5 request/response layer error; sub-code decides severity
146,NVLINK_TLW_ERROR,error,check_nvlink_subcode,yes,NVLink 5 transaction layer error; sub-code decides severity
147,NVLINK_TREX_ERROR,info,none,yes,NVLink 5 traffic-exerciser unit error; test hardware only
148,NVLINK_NVLPW_CTRL_ERROR,info,none,yes,NVLink 5 power/clock wrapper control error
149,NVLINK_NETIR_ERROR,error,check_nvlink_subcode,yes,"NVLink 5 network interface error: link down, bit-error-rate or firmware event; sub-code decides severity"
150,NVLINK_MSE_ERROR,error,check_nvlink_subcode,yes,"NVLink 5 management engine error, e.g. firmware watchdog"
151,ROBUST_CHANNEL_KEY_ROTATION_ERROR,error,restart_vm,yes,Key rotation on an encrypted channel failed (confidential computing)
152,ROBUST_CHANNEL_DLA_SMMU_ERROR,info,none,yes,Memory translation fault of the deep-learning accelerator
153,ROBUST_CHANNEL_DLA_TIMEOUT,info,none,yes,Deep-learning accelerator timed out
154,GPU_RECOVERY_ACTION_CHANGED,warning,follow_recovery_action_field,yes,The driver changed its advice on how to recover this GPU; the text (and DCGM field 1523) holds the advice
155,NVLINK_SW_DEFINED_ERROR,error,drain_and_reset_gpu,yes,"NVLink condition raised by software, e.g. link turned off or peer reset"
156,RESOURCE_RETIREMENT_EVENT,warning,reset_gpu_when_idle,yes,A faulty on-chip resource was taken out of service; reset needed to apply
157,RESOURCE_RETIREMENT_FAILURE,warning,contact_vendor,yes,Taking a faulty on-chip resource out of service failed
158,GPU_FATAL_TIMEOUT,critical,drain_and_reset_gpu,yes,GPU did not finish a request within a fatal time limit
159,ROBUST_CHANNEL_CHI_NON_DATA_ERROR,warning,see_preceding_xid,yes,CPU-GPU coherent link reported a protocol error that carries no data
160,CHANNEL_RETIREMENT_EVENT,warning,watch_memory_health,yes,A memory channel was retired
161,CHANNEL_RETIREMENT_FAILURE,warning,contact_vendor,yes,Retiring a memory channel failed
162,PSHC_REENGAGED,info,none,yes,Power-smoothing hardware works again
163,PSHC_DISENGAGED,warning,contact_vendor,yes,Power-smoothing hardware was switched off
164,PSHC_LOW_LIFETIME,warning,contact_vendor,yes,Power-smoothing hardware is near the end of its life
165,PSHC_ZERO_LIFETIME,warning,contact_vendor,yes,Power-smoothing hardware has used up its life
166,NVLINK_SECURE_CRYPTO_ERR,error,contact_vendor,yes,Plain traffic seen on an NVLink before encryption was set up (confidential computing)
167,PCIE_FATAL_TIMEOUT,critical,drain_and_reset_gpu,yes,PCIe request timed out fatally
168,REDUCED_GPU_MEMORY_CAPACITY,warning,contact_vendor,yes,Bad memory in the protected region reduces usable GPU memory
169,SEC2_HALT_ERROR,critical,drain_and_reset_gpu,yes,Security micro-controller halted
170,NVLINK_SECURE_OTHER,warning,contact_vendor,yes,Unexpected interrupt while NVLink runs in confidential mode
171,UNCORRECTABLE_DRAM_ERROR,info,see_preceding_xid,yes,Companion of XID 48: the uncorrectable error was in DRAM (HBM)
172,UNCORRECTABLE_SRAM_ERROR,info,see_preceding_xid,yes,Companion of XID 48: the uncorrectable error was in on-chip SRAM
173,C2C_FATAL_LINK_FAILURE,critical,drain_and_reboot_node,yes,Fatal fault of the chip-to-chip link between CPU and GPU
`;
