{{ versions_of('icon_health', 'referrals') }}
