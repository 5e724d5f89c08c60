{{ current_of('icon_health', 'referrals') }}
