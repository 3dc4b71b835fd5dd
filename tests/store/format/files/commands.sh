# What was typed after `weir demo`, in its folder, with WEIR_CONFIG on its site.toml; $1 is the format, `weir` that binary.
format=$1 here=$(dirname "$0")
set -x
weir subscriber add yusuf --name "Yusuf Ali" --phone "0711 000 900" --account "Y 900" --package home-20 --router core --service pppoe --login yusuf-ap --rate 30M/30M --profile gold --expires-on 2026-12-20 --balance 250.00
weir subscriber add zainab --account Y901 --package office-20 --router core --service static --address 10.90.0.1 --expires-on 2026-11-29 --debited no
weir subscriber add wanjiru --package home-10 --router core --service hotspot --expires-on 2026-11-29
weir subscriber add walk-in --account ÉCOLE-7
weir pay --file "$here/statement.csv"
weir pay yusuf 100.00 --ref "Cash 17" --source office
weir pay reverse "cash 17"
weir pay yusuf 120.00 --ref "CASH 18" --date 2026-11-27
weir adjust yusuf -20.00 --comment "cable bought"
weir subscriber set amina.otieno --package home-20
weir subscriber hold amina.abdi --off --comment "asked for it"
weir subscriber hold amina.mutua --on
weir subscriber close amina.kamau
weir subscriber extend chebet.cheruiyot --until 2026-12-05
weir jobs pause disconnect
weir jobs resume disconnect
if [ "$format" -ge 2 ]; then
    weir import subscribers "$here/list.csv"
fi
if [ "$format" -ge 3 ]; then
    weir pay --file "$here/statement.csv"
    weir outbox test +254700000098
    weir router probe core
    weir jobs run reminders
    weir jobs run health
    weir jobs run cleanup
fi
if [ "$format" -ge 4 ]; then
    weir pay --file "$here/payers.csv"
fi
weir verify
