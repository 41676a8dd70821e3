/* Written by `pnpm generate` from data/abi.json; do not edit. */
#define dcgmConnectV2Params_version2 0x02000010u
#define dcgmCpuHierarchy_version1 0x01000488u
#define dcgmCpuHierarchy_version2 0x02000c88u
#define dcgmDeviceAttributes_version3 0x03001464u
#define dcgmFieldValue_version1 0x01001018u
#define dcgmFieldValue_version2 0x02001020u
#define dcgmHealthResponse_version4 0x0401050cu
#define dcgmHealthResponse_version5 0x0510500cu
#define dcgmMigHierarchy_version2 0x02011f08u
#define dcgmModuleGetStatuses_version1 0x01000088u
#define dcgmProfGetMetricGroups_version3 0x03000560u
#define dcgmStartEmbeddedV2Params_version2 0x02000050u
#define dcgmVersionInfo_version2 0x02000204u

_Static_assert(sizeof(dcgmConnectV2Params_v2) == 16, "dcgmConnectV2Params_v2");
_Static_assert(offsetof(dcgmConnectV2Params_v2, version) == 0, "dcgmConnectV2Params_v2.version");
_Static_assert(offsetof(dcgmConnectV2Params_v2, persistAfterDisconnect) == 4, "dcgmConnectV2Params_v2.persistAfterDisconnect");
_Static_assert(offsetof(dcgmConnectV2Params_v2, timeoutMs) == 8, "dcgmConnectV2Params_v2.timeoutMs");
_Static_assert(offsetof(dcgmConnectV2Params_v2, addressIsUnixSocket) == 12, "dcgmConnectV2Params_v2.addressIsUnixSocket");
_Static_assert(sizeof(dcgmCpuHierarchyOwnedCores_v1) == 136, "dcgmCpuHierarchyOwnedCores_v1");
_Static_assert(offsetof(dcgmCpuHierarchyOwnedCores_v1, version) == 0, "dcgmCpuHierarchyOwnedCores_v1.version");
_Static_assert(offsetof(dcgmCpuHierarchyOwnedCores_v1, bitmask) == 8, "dcgmCpuHierarchyOwnedCores_v1.bitmask");
_Static_assert(sizeof(dcgmCpuHierarchy_v1) == 1160, "dcgmCpuHierarchy_v1");
_Static_assert(offsetof(dcgmCpuHierarchy_v1, version) == 0, "dcgmCpuHierarchy_v1.version");
_Static_assert(offsetof(dcgmCpuHierarchy_v1, numCpus) == 4, "dcgmCpuHierarchy_v1.numCpus");
_Static_assert(offsetof(dcgmCpuHierarchy_v1, cpus) == 8, "dcgmCpuHierarchy_v1.cpus");
_Static_assert(sizeof(dcgmCpuHierarchy_v2) == 3208, "dcgmCpuHierarchy_v2");
_Static_assert(offsetof(dcgmCpuHierarchy_v2, version) == 0, "dcgmCpuHierarchy_v2.version");
_Static_assert(offsetof(dcgmCpuHierarchy_v2, numCpus) == 4, "dcgmCpuHierarchy_v2.numCpus");
_Static_assert(offsetof(dcgmCpuHierarchy_v2, cpus) == 8, "dcgmCpuHierarchy_v2.cpus");
_Static_assert(sizeof(dcgmDeviceAttributes_v3) == 5220, "dcgmDeviceAttributes_v3");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, version) == 0, "dcgmDeviceAttributes_v3.version");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, clockSets) == 4, "dcgmDeviceAttributes_v3.clockSets");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, thermalSettings) == 3084, "dcgmDeviceAttributes_v3.thermalSettings");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, powerLimits) == 3096, "dcgmDeviceAttributes_v3.powerLimits");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, identifiers) == 3120, "dcgmDeviceAttributes_v3.identifiers");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, memoryUsage) == 5184, "dcgmDeviceAttributes_v3.memoryUsage");
_Static_assert(offsetof(dcgmDeviceAttributes_v3, settings) == 5204, "dcgmDeviceAttributes_v3.settings");
_Static_assert(sizeof(dcgmDeviceIdentifiers_v1) == 2064, "dcgmDeviceIdentifiers_v1");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, version) == 0, "dcgmDeviceIdentifiers_v1.version");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, brandName) == 4, "dcgmDeviceIdentifiers_v1.brandName");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, deviceName) == 260, "dcgmDeviceIdentifiers_v1.deviceName");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, pciBusId) == 516, "dcgmDeviceIdentifiers_v1.pciBusId");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, serial) == 772, "dcgmDeviceIdentifiers_v1.serial");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, uuid) == 1028, "dcgmDeviceIdentifiers_v1.uuid");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, vbios) == 1284, "dcgmDeviceIdentifiers_v1.vbios");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, inforomImageVersion) == 1540, "dcgmDeviceIdentifiers_v1.inforomImageVersion");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, pciDeviceId) == 1796, "dcgmDeviceIdentifiers_v1.pciDeviceId");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, pciSubSystemId) == 1800, "dcgmDeviceIdentifiers_v1.pciSubSystemId");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, driverVersion) == 1804, "dcgmDeviceIdentifiers_v1.driverVersion");
_Static_assert(offsetof(dcgmDeviceIdentifiers_v1, virtualizationMode) == 2060, "dcgmDeviceIdentifiers_v1.virtualizationMode");
_Static_assert(sizeof(dcgmDeviceSettings_v2) == 16, "dcgmDeviceSettings_v2");
_Static_assert(offsetof(dcgmDeviceSettings_v2, version) == 0, "dcgmDeviceSettings_v2.version");
_Static_assert(offsetof(dcgmDeviceSettings_v2, persistenceModeEnabled) == 4, "dcgmDeviceSettings_v2.persistenceModeEnabled");
_Static_assert(offsetof(dcgmDeviceSettings_v2, migModeEnabled) == 8, "dcgmDeviceSettings_v2.migModeEnabled");
_Static_assert(offsetof(dcgmDeviceSettings_v2, confidentialComputeMode) == 12, "dcgmDeviceSettings_v2.confidentialComputeMode");
_Static_assert(sizeof(dcgmDiagErrorDetail_t) == 1028, "dcgmDiagErrorDetail_t");
_Static_assert(offsetof(dcgmDiagErrorDetail_t, msg) == 0, "dcgmDiagErrorDetail_t.msg");
_Static_assert(offsetof(dcgmDiagErrorDetail_t, code) == 1024, "dcgmDiagErrorDetail_t.code");
_Static_assert(sizeof(dcgmFieldValue_v1) == 4120, "dcgmFieldValue_v1");
_Static_assert(offsetof(dcgmFieldValue_v1, version) == 0, "dcgmFieldValue_v1.version");
_Static_assert(offsetof(dcgmFieldValue_v1, fieldId) == 4, "dcgmFieldValue_v1.fieldId");
_Static_assert(offsetof(dcgmFieldValue_v1, fieldType) == 6, "dcgmFieldValue_v1.fieldType");
_Static_assert(offsetof(dcgmFieldValue_v1, status) == 8, "dcgmFieldValue_v1.status");
_Static_assert(offsetof(dcgmFieldValue_v1, ts) == 16, "dcgmFieldValue_v1.ts");
_Static_assert(offsetof(dcgmFieldValue_v1, value) == 24, "dcgmFieldValue_v1.value");
_Static_assert(sizeof(dcgmFieldValue_v2) == 4128, "dcgmFieldValue_v2");
_Static_assert(offsetof(dcgmFieldValue_v2, version) == 0, "dcgmFieldValue_v2.version");
_Static_assert(offsetof(dcgmFieldValue_v2, entityGroupId) == 4, "dcgmFieldValue_v2.entityGroupId");
_Static_assert(offsetof(dcgmFieldValue_v2, entityId) == 8, "dcgmFieldValue_v2.entityId");
_Static_assert(offsetof(dcgmFieldValue_v2, fieldId) == 12, "dcgmFieldValue_v2.fieldId");
_Static_assert(offsetof(dcgmFieldValue_v2, fieldType) == 14, "dcgmFieldValue_v2.fieldType");
_Static_assert(offsetof(dcgmFieldValue_v2, status) == 16, "dcgmFieldValue_v2.status");
_Static_assert(offsetof(dcgmFieldValue_v2, unused) == 20, "dcgmFieldValue_v2.unused");
_Static_assert(offsetof(dcgmFieldValue_v2, ts) == 24, "dcgmFieldValue_v2.ts");
_Static_assert(offsetof(dcgmFieldValue_v2, value) == 32, "dcgmFieldValue_v2.value");
_Static_assert(sizeof(dcgmGroupEntityPair_t) == 8, "dcgmGroupEntityPair_t");
_Static_assert(offsetof(dcgmGroupEntityPair_t, entityGroupId) == 0, "dcgmGroupEntityPair_t.entityGroupId");
_Static_assert(offsetof(dcgmGroupEntityPair_t, entityId) == 4, "dcgmGroupEntityPair_t.entityId");
_Static_assert(sizeof(dcgmHealthResponse_v4) == 66828, "dcgmHealthResponse_v4");
_Static_assert(offsetof(dcgmHealthResponse_v4, version) == 0, "dcgmHealthResponse_v4.version");
_Static_assert(offsetof(dcgmHealthResponse_v4, overallHealth) == 4, "dcgmHealthResponse_v4.overallHealth");
_Static_assert(offsetof(dcgmHealthResponse_v4, incidentCount) == 8, "dcgmHealthResponse_v4.incidentCount");
_Static_assert(offsetof(dcgmHealthResponse_v4, incidents) == 12, "dcgmHealthResponse_v4.incidents");
_Static_assert(sizeof(dcgmHealthResponse_v5) == 1069068, "dcgmHealthResponse_v5");
_Static_assert(offsetof(dcgmHealthResponse_v5, version) == 0, "dcgmHealthResponse_v5.version");
_Static_assert(offsetof(dcgmHealthResponse_v5, overallHealth) == 4, "dcgmHealthResponse_v5.overallHealth");
_Static_assert(offsetof(dcgmHealthResponse_v5, incidentCount) == 8, "dcgmHealthResponse_v5.incidentCount");
_Static_assert(offsetof(dcgmHealthResponse_v5, incidents) == 12, "dcgmHealthResponse_v5.incidents");
_Static_assert(sizeof(dcgmHostengineHealth_v1) == 8, "dcgmHostengineHealth_v1");
_Static_assert(offsetof(dcgmHostengineHealth_v1, version) == 0, "dcgmHostengineHealth_v1.version");
_Static_assert(offsetof(dcgmHostengineHealth_v1, overallHealth) == 4, "dcgmHostengineHealth_v1.overallHealth");
_Static_assert(sizeof(dcgmIncidentInfo_t) == 1044, "dcgmIncidentInfo_t");
_Static_assert(offsetof(dcgmIncidentInfo_t, system) == 0, "dcgmIncidentInfo_t.system");
_Static_assert(offsetof(dcgmIncidentInfo_t, health) == 4, "dcgmIncidentInfo_t.health");
_Static_assert(offsetof(dcgmIncidentInfo_t, error) == 8, "dcgmIncidentInfo_t.error");
_Static_assert(offsetof(dcgmIncidentInfo_t, entityInfo) == 1036, "dcgmIncidentInfo_t.entityInfo");
_Static_assert(sizeof(dcgmMigEntityInfo_t) == 148, "dcgmMigEntityInfo_t");
_Static_assert(offsetof(dcgmMigEntityInfo_t, gpuUuid) == 0, "dcgmMigEntityInfo_t.gpuUuid");
_Static_assert(offsetof(dcgmMigEntityInfo_t, nvmlGpuIndex) == 128, "dcgmMigEntityInfo_t.nvmlGpuIndex");
_Static_assert(offsetof(dcgmMigEntityInfo_t, nvmlInstanceId) == 132, "dcgmMigEntityInfo_t.nvmlInstanceId");
_Static_assert(offsetof(dcgmMigEntityInfo_t, nvmlComputeInstanceId) == 136, "dcgmMigEntityInfo_t.nvmlComputeInstanceId");
_Static_assert(offsetof(dcgmMigEntityInfo_t, nvmlMigProfileId) == 140, "dcgmMigEntityInfo_t.nvmlMigProfileId");
_Static_assert(offsetof(dcgmMigEntityInfo_t, nvmlProfileSlices) == 144, "dcgmMigEntityInfo_t.nvmlProfileSlices");
_Static_assert(sizeof(dcgmMigHierarchyInfo_v2) == 164, "dcgmMigHierarchyInfo_v2");
_Static_assert(offsetof(dcgmMigHierarchyInfo_v2, entity) == 0, "dcgmMigHierarchyInfo_v2.entity");
_Static_assert(offsetof(dcgmMigHierarchyInfo_v2, parent) == 8, "dcgmMigHierarchyInfo_v2.parent");
_Static_assert(offsetof(dcgmMigHierarchyInfo_v2, info) == 16, "dcgmMigHierarchyInfo_v2.info");
_Static_assert(sizeof(dcgmMigHierarchy_v2) == 73480, "dcgmMigHierarchy_v2");
_Static_assert(offsetof(dcgmMigHierarchy_v2, version) == 0, "dcgmMigHierarchy_v2.version");
_Static_assert(offsetof(dcgmMigHierarchy_v2, count) == 4, "dcgmMigHierarchy_v2.count");
_Static_assert(offsetof(dcgmMigHierarchy_v2, entityList) == 8, "dcgmMigHierarchy_v2.entityList");
_Static_assert(sizeof(dcgmModuleGetStatusesModule_t) == 8, "dcgmModuleGetStatusesModule_t");
_Static_assert(offsetof(dcgmModuleGetStatusesModule_t, id) == 0, "dcgmModuleGetStatusesModule_t.id");
_Static_assert(offsetof(dcgmModuleGetStatusesModule_t, status) == 4, "dcgmModuleGetStatusesModule_t.status");
_Static_assert(sizeof(dcgmModuleGetStatuses_v1) == 136, "dcgmModuleGetStatuses_v1");
_Static_assert(offsetof(dcgmModuleGetStatuses_v1, version) == 0, "dcgmModuleGetStatuses_v1.version");
_Static_assert(offsetof(dcgmModuleGetStatuses_v1, numStatuses) == 4, "dcgmModuleGetStatuses_v1.numStatuses");
_Static_assert(offsetof(dcgmModuleGetStatuses_v1, statuses) == 8, "dcgmModuleGetStatuses_v1.statuses");
_Static_assert(sizeof(dcgmProfGetMetricGroups_v3) == 1376, "dcgmProfGetMetricGroups_v3");
_Static_assert(offsetof(dcgmProfGetMetricGroups_v3, version) == 0, "dcgmProfGetMetricGroups_v3.version");
_Static_assert(offsetof(dcgmProfGetMetricGroups_v3, unused) == 4, "dcgmProfGetMetricGroups_v3.unused");
_Static_assert(offsetof(dcgmProfGetMetricGroups_v3, gpuId) == 8, "dcgmProfGetMetricGroups_v3.gpuId");
_Static_assert(offsetof(dcgmProfGetMetricGroups_v3, numMetricGroups) == 12, "dcgmProfGetMetricGroups_v3.numMetricGroups");
_Static_assert(offsetof(dcgmProfGetMetricGroups_v3, metricGroups) == 16, "dcgmProfGetMetricGroups_v3.metricGroups");
_Static_assert(sizeof(dcgmProfMetricGroupInfo_v2) == 136, "dcgmProfMetricGroupInfo_v2");
_Static_assert(offsetof(dcgmProfMetricGroupInfo_v2, majorId) == 0, "dcgmProfMetricGroupInfo_v2.majorId");
_Static_assert(offsetof(dcgmProfMetricGroupInfo_v2, minorId) == 2, "dcgmProfMetricGroupInfo_v2.minorId");
_Static_assert(offsetof(dcgmProfMetricGroupInfo_v2, numFieldIds) == 4, "dcgmProfMetricGroupInfo_v2.numFieldIds");
_Static_assert(offsetof(dcgmProfMetricGroupInfo_v2, fieldIds) == 8, "dcgmProfMetricGroupInfo_v2.fieldIds");
_Static_assert(sizeof(dcgmStartEmbeddedV2Params_v2) == 80, "dcgmStartEmbeddedV2Params_v2");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, version) == 0, "dcgmStartEmbeddedV2Params_v2.version");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, opMode) == 4, "dcgmStartEmbeddedV2Params_v2.opMode");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, dcgmHandle) == 8, "dcgmStartEmbeddedV2Params_v2.dcgmHandle");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, logFile) == 16, "dcgmStartEmbeddedV2Params_v2.logFile");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, severity) == 24, "dcgmStartEmbeddedV2Params_v2.severity");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, denyListCount) == 28, "dcgmStartEmbeddedV2Params_v2.denyListCount");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, serviceAccount) == 32, "dcgmStartEmbeddedV2Params_v2.serviceAccount");
_Static_assert(offsetof(dcgmStartEmbeddedV2Params_v2, denyList) == 40, "dcgmStartEmbeddedV2Params_v2.denyList");
_Static_assert(sizeof(dcgmVersionInfo_v2) == 516, "dcgmVersionInfo_v2");
_Static_assert(offsetof(dcgmVersionInfo_v2, version) == 0, "dcgmVersionInfo_v2.version");
_Static_assert(offsetof(dcgmVersionInfo_v2, rawBuildInfoString) == 4, "dcgmVersionInfo_v2.rawBuildInfoString");
