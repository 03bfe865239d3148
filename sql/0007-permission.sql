-- floor: 0.1.0
--
-- The policy that an institution begins with: a may add, v view, e edit and
-- archive. It is data from then on, changed at run time; enter() asks it on
-- every request, and a missing row denies as a row of dashes does. All rows
-- exist, because a client may change only a row that does.
--
-- The numbers are the interface: resources 1 to 6 are those of the PHR System
-- API, and later surfaces have gone on counting.

SET LOCAL search_path = chartkeep, pg_temp;

INSERT INTO permission (resource, role, can_add, can_view, can_edit)
SELECT i.resource, r.role, r.may ~ 'a', r.may ~ 'v', r.may ~ 'e'
FROM (VALUES
--        name              admin  doctor patient nurse pharmacist
    ( 1, 'Users',           'ave', '-v-', '---', '---', '---'),
    ( 2, 'Records',         'ave', 'ave', 'ave', 'ave', '---'),
    ( 3, 'Providers',       'ave', '-v-', '-v-', '-v-', '-v-'),
    ( 4, 'User Provider',   'ave', '-v-', '-v-', '-v-', '-v-'),
    ( 5, 'Reminders',       'ave', 'ave', 'ave', 'ave', 'ave'),
    ( 6, 'Permissions',     'ave', '---', '---', '---', '---'),
    ( 7, 'Patients',        'ave', 'ave', '-ve', 'ave', '---'),
    ( 8, 'Practitioners',   'ave', '-ve', '-v-', '-ve', '-ve'),
    ( 9, 'Medical info',    'ave', 'ave', '-v-', 'ave', '---'),
    (10, 'Drugs',           'ave', '-v-', '-v-', '-v-', 'ave'),
    (11, 'Prescriptions',   'ave', 'ave', '-v-', '-v-', '-ve'),
    (12, 'Procedures',      'ave', 'ave', '-v-', 'ave', '---'),
    (13, 'Vaccines',        'ave', 'ave', '-v-', 'ave', '---'),
    (14, 'Vitals',          'ave', 'ave', 'ave', 'ave', '---'),
    (15, 'Appointments',    'ave', 'ave', '-v-', '-v-', '---'),
    (16, 'Annotations',     'ave', 'ave', '-v-', '-v-', '---'),
    (17, 'Connections',     'ave', 'ave', 'ave', 'ave', 'ave'),
    (18, 'Activities',      'ave', 'ave', '-ve', 'ave', 'ave'),
    (19, 'Access log',      'ave', '-v-', '-v-', '-v-', '-v-')
) AS i (resource, name, admin, doctor, patient, nurse, pharmacist),
LATERAL (VALUES ('admin', i.admin), ('doctor', i.doctor),
    ('patient', i.patient), ('nurse', i.nurse),
    ('pharmacist', i.pharmacist)) AS r (role, may);
